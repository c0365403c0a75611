import type { Endpoint } from '../http/endpoint';
import { getDocuments } from './get_documents';
import { listIds } from './list_ids';
import { listTasks } from './list_tasks';
import { newTask } from './new_task';
import { putService } from './put_service';
import { tasksHistory } from './tasks_history';

/** Service Grid of seed 000, as `spec` §1.1 says. What is written out comes before what has parameters. */
export const services: Endpoint[] = [newTask, ...listTasks, ...listIds, ...tasksHistory, ...getDocuments, putService];
