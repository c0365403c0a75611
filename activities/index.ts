import { startAgentMachine } from './agent/start_agent_machine';
import { changeModel } from './environment/change_model';
import { lookAtModel } from './environment/differences';
import { fetchDomain } from './environment/fetch_domain';
import { findAgent } from './environment/find_agent';
import { performLocally } from './environment/perform_locally';
import { readService } from './environment/read_service';
import { releaseAgent, takeAgent } from './environment/take_agent';
import { keepCounts } from './connectors/keep_counts';
import { isServiceWanted } from './capacity/is_service_wanted';
import { lookAtServices } from './capacity/look_at_services';
import { checkInstall } from './orders/check_install';
import { checkOrder } from './orders/check_order';
import { readOrder } from './orders/read_order';
import { commandCluster } from './orders/command_cluster';
import { takeNumber } from './orders/take_number';
import { callMachine } from './machines/call_machine';
import { holdFramework } from './machines/mesos/session/hold_framework';
import { tearDownFramework } from './machines/mesos/tear_down';
import { checkReady } from './machines/check_ready';
import { probeCompute } from './machines/probe_compute';
import { startMachines } from './machines/start_machines';
import { stopMachines } from './machines/stop_machines';
import { watchMachines } from './machines/watch_machines';
import { lookAtOwner } from './quotas/look_at_owner';
import { beginLease } from './members/begin_lease';
import { configureCluster } from './actions/configure_cluster';
import { checkTemplateText } from './templates/check_template_text';
import { deliverChange } from './webhooks/deliver_change';
import { hearChanges } from './webhooks/hear_changes';
import type { Surroundings } from './surroundings';

/** Every side effect of the control worker, one verb each; all may run twice (DESIGN §4 rule 6). */
export function createActivities(around: Surroundings) {
  return {
    checkOrder: checkOrder(around),
    readOrder: readOrder(around),
    takeNumber: takeNumber(around),
    commandCluster: commandCluster(around),
    probeCompute: probeCompute(around),
    startMachines: startMachines(around),
    stopMachines: stopMachines(around),
    watchMachines: watchMachines(around),
    holdFramework: holdFramework(around),
    tearDownFramework,
    keepCounts: keepCounts(around),
    checkReady: checkReady(around),
    callMachine: callMachine(around),
    configureCluster: configureCluster(around),
    checkTemplateText,
    beginLease,
    lookAtOwner: lookAtOwner(around),
    startAgentMachine: startAgentMachine(around),
    // Under the name that it has in the histories of planners.
    findRecipe: checkInstall(around),
    isServiceWanted: isServiceWanted(around),
    lookAtServices: lookAtServices(around),
    changeModel: changeModel(around),
    lookAtModel: lookAtModel(around),
    readService: readService(around),
    performLocally: performLocally(around),
    fetchDomain: fetchDomain(around),
    findAgent: findAgent(around),
    takeAgent: takeAgent(around),
    releaseAgent: releaseAgent(around),
    hearChanges: hearChanges(around),
    deliverChange,
  };
}

export type Activities = ReturnType<typeof createActivities>;
