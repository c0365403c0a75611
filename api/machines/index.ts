import type { Endpoint } from '../http/endpoint';
import { deleteMachine } from './delete_machine';
import { execMachine } from './exec_machine';
import { getMachine } from './get_machine';
import { listMachines } from './list_machines';
import { machineLogs } from './machine_logs';

/** What the drivers started, and how to get in. */
export const machines: Endpoint[] = [listMachines, getMachine, deleteMachine, execMachine, machineLogs];
