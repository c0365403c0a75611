/** Why an order waits for offers, counted: what `grid show` says while it does. */
export interface Refusals {
  /** Offers that were seen since it began to wait. */
  offers: number;
  /** How often each reason was the reason. */
  reasons: Record<string, number>;
  /** The reason now. */
  last: string;
}

const KEPT = 20;

export const noRefusals = (): Refusals => ({ offers: 0, reasons: {}, last: 'no offer came yet' });

/** Of the reasons that come most often, so many are kept: hosts come and go, and a summary is small. */
export function noteRefusal({ offers, reasons }: Refusals, seen: number, reason: string): Refusals {
  const counted = { ...reasons, [reason]: (Object.hasOwn(reasons, reason) ? reasons[reason]! : 0) + 1 };
  const kept = Object.entries(counted).sort(([one, a], [other, b]) => Number(other === reason) - Number(one === reason) || b - a).slice(0, KEPT);
  return { offers: offers + seen, reasons: Object.fromEntries(kept), last: reason };
}

/** `12 offers seen; db0: host1, host2: cpu 2 of at most 0.5 left (9 times)` */
export function sayRefusals({ offers, reasons, last }: Refusals): string {
  const times = reasons[last] ?? 0;
  return `${offers} ${offers === 1 ? 'offer' : 'offers'} seen; ${last}${times > 1 ? ` (${times} times)` : ''}`;
}
