/** Whether machines of this connector go where something is offered, and not where their compute knows that it has room. */
export const isOffered = (connector: string): boolean => /^(mesos|zk):/i.test(connector);
