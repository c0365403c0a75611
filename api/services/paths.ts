import { z } from '@hono/zod-openapi';
import { NAME } from '../../model/ids';

export const SERVICES = '/services';
export const AGENTS = '/agents';
export const TASKS = `${SERVICES}/tasks`;

const number = z.string().regex(/^(0|[1-9]\d{0,8})$/);

export const serviceParams = z.object({ name: z.string().regex(NAME) });
export const instanceParams = serviceParams.extend({ number });
export const agentParams = z.object({ number });

export const SERVICE_PATH = `${SERVICES}/{name}`;
export const INSTANCE_PATH = `${SERVICE_PATH}/instances/{number}`;
export const AGENT_PATH = `${AGENTS}/{number}`;
