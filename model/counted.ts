/** Whether this connector is one of others, which counts what runs of a service and starts no machines for us (G-10). */
export const isCounted = (connector: string): boolean => /^https?:/i.test(connector);

export const COUNTS_ONLY = 'its connector only counts services: it has no machines to give';
