import { z } from '@hono/zod-openapi';

const id = z.string().openapi({ example: 'http://localhost/services/tomcat/' });
const count = z.number().int();

export const task = z
  .looseObject({
    task: z.string().openapi({ example: 'plan_service_task' }),
    routing: z.object({ producer_timestamp: count, producer_id: id, consumer_id: id, state_id: id }),
    failed: z.string().optional().openapi({ description: 'why it was not carried out' }),
    unchanged: z.literal(true).optional().openapi({ description: 'of an update that found the service made of what it asks for' }),
  })
  .openapi('Task');

const history = { executing_task: task.optional(), tasks_history: z.array(task) };

const config = z.object({
  display_name: z.string(), planned_number_of_instances: count, max_number_of_instances: count, min_number_of_instances: count, service_id: id,
});

export const serviceDocument = config
  .extend({ progress: z.enum(['INSTALLING_SERVICE', 'SERVICE_INSTALLED', 'UNINSTALLING_SERVICE', 'SERVICE_UNINSTALLED']), instance_ids: z.array(id), ...history })
  .openapi('ServiceDocument');

/** Monitored values are keys of their own. */
export const instanceDocument = z.looseObject({ progress: z.string(), agent_id: id, service_id: id, ...history }).openapi('InstanceDocument');

export const agentDocument = z
  .object({
    progress: z.string(), ip_address: z.string().optional(), service_instance_ids: z.array(id), number_of_agent_restarts: count, number_of_machine_restarts: count,
    last_ping_source_timestamp: count.optional().openapi({ description: 'when it was last heard of, milliseconds since 1970' }), ...history,
  })
  .openapi('AgentDocument');

const plan = z.object({
  services: z.array(config), instance_ids_by_agent_id: z.record(z.string(), z.array(id)), instance_ids_by_service_id: z.record(z.string(), z.array(id)),
});

export const plannerDocument = z.object({ services: z.array(config), deployment_planning_required: z.boolean(), deployment_plan: plan, next_agent_id: count, ...history });

const threshold = z.union([z.number(), z.string(), z.boolean()]);
const seconds = { cooldown_out_seconds: count, cooldown_in_seconds: count, stabilisation_seconds: count };

export const capacityDocument = z.object({
  scaling_rule_by_service: z.record(z.string(), z.object({ property_name: z.string(), high_threshold: threshold, low_threshold: threshold, ...seconds })),
  recommendations: z.array(z.object({ service_id: id, planned_number_of_instances: count, message: z.string(), at: z.string() })), ...history,
});

export const orchestratorDocument = z.object({
  deployment_plan: plan, service_ids_to_uninstall: z.array(id), agent_ids_to_terminate: z.array(id),
  differences: z.array(z.object({ id, planned: z.string(), actual: z.string(), reason: z.string() })), ...history,
});

const machine = z.object({ agent_id: id, progress: z.string(), reason: z.string().optional() });

export const provisionerDocument = z.object({ starting_machines: z.array(machine), terminating_machines: z.array(machine), ...history });
