import { agentMachineId, instanceId } from '../../../model/ids';
import type { AgentDocument } from '../../../model/services/agent_state';
import { Ago, Facts, LinkTo } from '../parts';
import type { Shown } from '../shown';
import type { Caller } from '../../../model/access';

/** The machine of an agent, its process, and which instances it has. */
export function AgentParts({ life, caller }: { life: Shown; caller: Caller }) {
  const { number, generation, place, hello, agentRestarts, machineRestarts, silence } = life;
  const instances = (life.instances ?? []) as AgentDocument['instances'];
  return (
    <section id="where" aria-labelledby="where-name">
      <h2 id="where-name">Machine and process</h2>
      <Facts facts={[
        ['instances', instances.length > 0 && instances.map((one) => <><LinkTo id={instanceId(one.service, one.instance)} caller={caller} /> </>)],
        ['machine', place && number !== undefined && generation !== undefined && agentMachineId(number, generation)], ['host', place?.allocation.host], ['address', place?.allocation.networks[0]?.address],
        ['process', hello ? `pid ${hello.pid} on ${hello.host}` : 'none that works'], ['restarts', `${agentRestarts} of the process, ${machineRestarts} of the machine`],
        ['silent', silence && <><Ago at={silence.since} /> ({silence.verdict})</>],
      ]} />
    </section>
  );
}
