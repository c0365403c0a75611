import { beginOperation, startAttempt, stepNamed } from '../../model/lifecycle';
import { AGENT_OPERATIONS, viewAgent, viewAgentDetail } from '../../model/services/agent_state';
import { newCapacity } from '../../model/services/capacity_state';
import { INSTANCE_OPERATIONS, viewInstance } from '../../model/services/instance_state';
import { viewPlanner } from '../../model/services/planner_state';
import { viewService, viewServiceDetail } from '../../model/services/service_state';
import { agentPath, ORCHESTRATOR_PATH, PLANNER_PATH, taskOf } from '../../model/services/task';
import { viewOrchestratorDocument, viewProvisionerDocument } from '../../model/services/view_orchestrator';
import { viewTask } from '../../model/services/view_task';
import { pendingOf, viewAgentDocument, viewCapacityDocument, viewInstanceDocument, viewPlannerDocument, viewServiceDocument } from '../../model/services/views';
import { summarise } from '../../model/summary';
import { at, installedService, planned, startedAgent, startedInstance, T0 } from '../support/service_documents';

const BASE = 'http://localhost';
const TOMCAT = `${BASE}/services/tomcat/`;
const FIRST = `${TOMCAT}instances/0/`;
const ORCHESTRATOR = `${BASE}/services/orchestrator/`;

const keysDeep = (value: unknown): string[] =>
  Array.isArray(value) ? value.flatMap(keysDeep) : typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([k, v]) => [k, ...keysDeep(v)]) : [];

test('a service is shown with the fields of the seed in its order, its config unwrapped, its history inline', () => {
  const document = viewServiceDocument(viewService(installedService()), BASE);
  expect(Object.keys(document)).toEqual(['display_name', 'planned_number_of_instances', 'max_number_of_instances', 'min_number_of_instances', 'service_id', 'progress', 'instance_ids', 'tasks_history']);
  expect(document).toMatchObject({ service_id: TOMCAT, progress: 'SERVICE_INSTALLED', instance_ids: [FIRST] });
  expect((document.tasks_history as object[])[0]).toEqual({
    task: 'plan_service_task', display_name: 'tomcat', planned_number_of_instances: 1, max_number_of_instances: 2, min_number_of_instances: 1, service_id: TOMCAT, service_instance_ids: [FIRST],
    routing: { producer_timestamp: T0 + 1000, producer_id: ORCHESTRATOR, consumer_id: ORCHESTRATOR, state_id: TOMCAT },
  });
});

test('an instance shows what was set and what its agent measures now as keys of its own, none in place of those of the document', () => {
  const state = startedInstance();
  state.properties = { hello: { value: 'world', at: at(1) }, progress: { value: 'GONE', at: at(1) } };
  const told = viewInstanceDocument(viewInstance(state), undefined, BASE);
  expect(told).toMatchObject({ progress: 'INSTANCE_STARTED', agent_id: `${BASE}/agents/0/`, service_id: TOMCAT, hello: 'world', cpu: 1.5 });
  expect(Object.keys(told).slice(0, 3)).toEqual(['progress', 'agent_id', 'service_id']);
  const now = { ...state.vitals!, values: { cpu: 99, progress: 'x', hello: 'measured' } };
  expect(viewInstanceDocument(viewInstance(state), now, BASE)).toMatchObject({ progress: 'INSTANCE_STARTED', cpu: 99, hello: 'world' });
});

test('an agent shows its address, counters, and when it was last heard of, its heartbeat before all else', () => {
  const document = viewAgentDocument(viewAgent(startedAgent()), undefined, BASE);
  expect(Object.keys(document)).toEqual(['progress', 'ip_address', 'service_instance_ids', 'number_of_agent_restarts', 'number_of_machine_restarts', 'last_ping_source_timestamp', 'tasks_history']);
  expect(document).toMatchObject({ ip_address: '127.77.0.9', service_instance_ids: [FIRST], number_of_agent_restarts: 0, last_ping_source_timestamp: T0 + 50_000 });
  expect(viewAgentDocument(viewAgent(startedAgent()), at(60), BASE).last_ping_source_timestamp).toBe(T0 + 60_000);
});

test('what is not there is absent, not null', () => {
  const agent = { ...startedAgent(), place: null, lastSeenAt: null };
  const document = viewAgentDocument(viewAgent(agent), undefined, BASE);
  expect(document).not.toHaveProperty('ip_address');
  expect(document).not.toHaveProperty('last_ping_source_timestamp');
  expect(document).not.toHaveProperty('executing_task');
  const all = [document, viewPlannerDocument(viewPlanner(planned()), BASE), viewCapacityDocument(newCapacity(at(0)), BASE)];
  expect(JSON.stringify(all)).not.toContain('null');
  for (const key of keysDeep(all).filter((k) => !k.includes('://'))) expect(key).toMatch(/^[a-z_]+$/);
});

test('the task that is being carried out is named while its step runs', () => {
  const instance = startedInstance();
  beginOperation(instance, 'start', INSTANCE_OPERATIONS.start, at(50));
  startAttempt(instance, stepNamed(instance, 'install'), undefined, at(51));
  expect(viewInstanceDocument(viewInstance(instance), undefined, BASE).executing_task).toEqual({
    task: 'install_service_instance_task', routing: { producer_timestamp: T0 + 51_000, producer_id: ORCHESTRATOR, consumer_id: `${BASE}/agents/0/`, state_id: FIRST },
  });
  const agent = startedAgent();
  beginOperation(agent, 'start', AGENT_OPERATIONS.start, at(50));
  startAttempt(agent, stepNamed(agent, 'start_machine'), undefined, at(51));
  expect(viewAgentDocument(viewAgent(agent), undefined, BASE).executing_task).toMatchObject({ task: 'start_machine_task', routing: { consumer_id: `${BASE}/services/provisioner/` } });
});

test('ids inside tasks get the base, also as keys of a plan; what users wrote stays as it is; a failure is told', () => {
  const verbatim = { service_id: '/services/x/', list: ['/agents/0/'] };
  expect(viewTask({ ...taskOf('set_instance_property_task', '/webui/', agentPath(0), agentPath(0), at(0), { property_name: 'p', property_value: verbatim }), failed: 'why' }, BASE))
    .toMatchObject({ property_name: 'p', property_value: verbatim, failed: 'why', routing: { producer_id: `${BASE}/webui/` } });
  const deployment_plan = { services: [{ service_id: '/services/tomcat/' }], instance_ids_by_agent_id: { '/agents/0/': ['/services/tomcat/instances/0/'] } };
  expect(viewTask(taskOf('update_deployment_plan_task', PLANNER_PATH, ORCHESTRATOR_PATH, ORCHESTRATOR_PATH, at(0), { deployment_plan }), BASE).deployment_plan)
    .toEqual({ services: [{ service_id: TOMCAT }], instance_ids_by_agent_id: { [`${BASE}/agents/0/`]: [FIRST] } });
});

test('the deployment planner shows the plan as it was at the seed, and that it has something to plan', () => {
  const state = planned();
  const plan = { services: [expect.objectContaining({ service_id: TOMCAT })], instance_ids_by_agent_id: { [`${BASE}/agents/0/`]: [FIRST] }, instance_ids_by_service_id: { [TOMCAT]: [FIRST] } };
  expect(viewPlannerDocument(viewPlanner(state), BASE)).toMatchObject({ deployment_planning_required: false, deployment_plan: plan, next_agent_id: 1 });
  state.pending = [{ task: taskOf('scale_service_task', '/webui/', PLANNER_PATH, PLANNER_PATH, at(1), { service_id: '/services/tomcat/', planned_number_of_instances: 2 }) }];
  expect(viewPlannerDocument(viewPlanner(state), BASE).deployment_planning_required).toBe(true);
  expect(pendingOf(viewPlanner(state))).toHaveLength(1);
  state.executing = state.pending[0]!.task;
  expect(viewPlannerDocument(viewPlanner(state), BASE).executing_task).toMatchObject({ task: 'scale_service_task' });
  expect(pendingOf(viewPlanner(state))).toEqual([]);
});

test('the capacity planner shows its rules by service, and what it would do', () => {
  const state = newCapacity(at(0));
  const rule = { propertyName: 'load', high: 10, low: 1, cooldownOutSeconds: 30, cooldownInSeconds: 120, stabilisationSeconds: 60 };
  state.rules = { tomcat: { rule, named: {}, setAt: at(1), lastOutAt: at(5), lastInAt: null, inSince: null, lookedAt: null, recommendation: { service: 'tomcat', planned: 3, because: 'cooling_down', message: 'would scale to 3, cooling down 40 s', at: at(9) } } };
  expect(viewCapacityDocument(state, BASE)).toMatchObject({
    scaling_rule_by_service: { [TOMCAT]: { property_name: 'load', high_threshold: 10, low_threshold: 1, cooldown_out_seconds: 30 } },
    recommendations: [{ service_id: TOMCAT, planned_number_of_instances: 3, message: 'would scale to 3, cooling down 40 s' }],
  });
});

describe('the orchestrator', () => {
  const service = (state = 'SERVICE_INSTALLED') => summarise({ ...installedService(), state }, viewServiceDetail(installedService()));
  const agent = (number: number, state = 'AGENT_STARTED') => summarise({ ...startedAgent(), id: `agent/${number}`, state }, viewAgentDetail(startedAgent()));

  test('finds nothing to do when all is as planned', () => {
    expect(viewOrchestratorDocument(viewPlanner(planned()), { services: [service()], agents: [agent(0)] }, BASE)).toMatchObject({ differences: [], service_ids_to_uninstall: [], agent_ids_to_terminate: [] });
  });

  test('says what differs from the plan and why, and what is too much', () => {
    const waiting = { ...agent(0, 'PLANNED'), reason: 'cpu: 1 of 1 computes full' };
    const document = viewOrchestratorDocument(viewPlanner(planned()), { services: [], agents: [waiting, agent(7, 'TERMINATING_MACHINE')] }, BASE);
    expect(document).toMatchObject({
      agent_ids_to_terminate: [`${BASE}/agents/7/`], service_ids_to_uninstall: [],
      differences: [
        { id: TOMCAT, planned: 'SERVICE_INSTALLED', actual: 'ABSENT' },
        { id: `${BASE}/agents/0/`, planned: 'AGENT_STARTED', actual: 'PLANNED', reason: 'cpu: 1 of 1 computes full' },
        { id: `${BASE}/agents/7/`, planned: 'MACHINE_TERMINATED', actual: 'TERMINATING_MACHINE' },
      ],
    });
  });

  test('the provisioner shows machines on their way in and out', () => {
    expect(viewProvisionerDocument([agent(0), agent(1, 'STARTING_MACHINE'), agent(2, 'STOPPING_AGENT')], BASE)).toEqual({
      starting_machines: [{ agent_id: `${BASE}/agents/1/`, progress: 'STARTING_MACHINE' }], terminating_machines: [{ agent_id: `${BASE}/agents/2/`, progress: 'STOPPING_AGENT' }], tasks_history: [],
    });
  });
});
