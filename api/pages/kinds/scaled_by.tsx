import { instanceId } from '../../../model/ids';
import type { InstanceVitals } from '../../../model/services/agent_protocol';
import type { ScalingRule } from '../../../model/services/capacity_state';
import { asNumber } from '../../../model/services/compare';
import { comparedOf, LATELY_SECONDS, type Compared } from '../../../model/services/compared_values';
import type { InstanceDocument } from '../../../model/services/instance_state';
import { span } from '../../../model/time';
import type { Grid } from '../../http/grid';
import { Table } from '../parts';
import { documentIfThere } from './document_if_there';

/** What is measured of an instance, and when that was told. */
export interface Measured extends InstanceVitals {
  toldAt: string;
}

/** What the rule of a service compares with its limits, instance by instance, as it is and as it was lately. */
export async function scaledByParts(grid: Grid, service: string, rule: ScalingRule, instances: readonly number[], measured: ReadonlyMap<number, Measured>) {
  const now = Date.now();
  const { propertyName } = rule;
  const compared = await Promise.all(instances.map(async (instance) => {
    const kept = await documentIfThere<InstanceDocument>(grid, instanceId(service, instance));
    const told = measured.get(instance);
    const value = told && Object.hasOwn(told.values, propertyName) ? { value: told.values[propertyName], at: told.toldAt } : undefined;
    return { instance, ...comparedOf(propertyName, kept, value, now) };
  }));
  return <ScaledBy rule={rule} compared={compared} now={now} />;
}

interface Shown {
  rule: ScalingRule;
  compared: readonly (Compared & { instance: number })[];
  now: number;
}

function ScaledBy({ rule, compared, now }: Shown) {
  const { propertyName, high, low } = rule;
  const limits = limitsOf(rule, compared);
  return (
    <>
      <Table
        id="scaled-by" name={`Scaled by ${propertyName}`} none="It has no instance." columns={[{ title: 'Instance' }, { title: 'Value', right: true }, { title: 'From', whole: true }]}
        rows={compared.map(({ instance, now: one }) => [String(instance), one ? String(one.value) : 'none', one ? `${one.by}, ${span(one.ageSeconds * 1000)} ago` : ''])}
      />
      <p>One more when any is above {String(high)}, one less when all are below {String(low)}.</p>
      {limits.length === 0 ? null : <div data-compared={JSON.stringify({
        of: propertyName, from: now - LATELY_SECONDS * 1000, until: now, limits, lines: Object.fromEntries(compared.map(({ instance, points }) => [instance, points])),
      })}></div>}
    </>
  );
}

/** Where the page's script draws the limits. Texts that are compared with texts have an order and no distance: there is no picture of them. */
function limitsOf({ high, low }: ScalingRule, compared: Shown['compared']): [at: number, label: string][] {
  const haveTexts = compared.some(({ now }) => typeof now?.value === 'string');
  const limits = [[high, `above ${high}: one more`], [low, `below ${low}: one less`]] as const;
  return limits.flatMap(([limit, label]) => {
    const at = typeof limit === 'string' && haveTexts ? undefined : asNumber(limit);
    return at === undefined ? [] : [[at, label] as [number, string]];
  });
}
