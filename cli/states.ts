/** State words in which a lifecycle has come to its end. */
export const OVER: readonly string[] = ['destroyed', 'removed', 'error', 'failed', 'aborted', 'SERVICE_UNINSTALLED', 'INSTANCE_STOPPED', 'INSTANCE_UNREACHABLE', 'MACHINE_TERMINATED'];

/** State words in which it is what was ordered. */
export const READY: readonly string[] = ['ready', 'done', 'SERVICE_INSTALLED', 'INSTANCE_STARTED', 'AGENT_STARTED'];
