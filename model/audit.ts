/** One change that somebody asked for: who, what, when, from where, and what came of it. */
export interface AuditEntry {
  /** When it was answered, ISO 8601. */
  at: string;
  /** Name of the token. */
  who: string;
  role: string;
  owner: string;
  method: string;
  path: string;
  /** What the path does not say, e.g. the task that was posted. Never anything of what was sent along. */
  about?: string;
  /** Of the answer. */
  status: number;
  /** Why it was refused. */
  code?: string;
  /** Address that the connection came from. */
  from: string;
  requestId: string;
}

/** Signal of the workflow that keeps them. */
export const AUDIT_ENTRY = 'entry';
