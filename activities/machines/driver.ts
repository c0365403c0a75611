import type { AgentProgram, Capacity, ExecRequest, ExecResult, HostVitals, LogChunk, LogRequest, Machine, MachineDeath, MachineDisk, MachineSpec, OnHealth, OnReach, StopOptions } from '../../model/machine';

/**
 * One compute's way to have machines, the same for every connector scheme (DESIGN §6). Every verb may be called twice,
 * at the same time too, and after an answer was lost; start and stop of *one* machine are not called at the same time.
 * All throw ProblemError for what the caller can do something about, and the signal's reason once it is aborted.
 */
export interface Driver {
  /** What the place has in all, whatever of it is in use. Changes nothing. */
  capacity(): Promise<Capacity>;

  /**
   * Creates or adopts the one machine of `spec.id` and answers when it is there; that its command ended at once is told
   * by `find`, `list` and `watch`. One that is dead is cleared away and started anew.
   * @throws ProblemError 400 for a spec that cannot be started here, 409 `foreign_machine` when somebody else's thing
   * has the name, 503 when it did not come up (then it is unknown: start or stop again).
   */
  start(spec: MachineSpec, signal: AbortSignal): Promise<Machine>;

  /** The machine as it is now, dead ones included; undefined when there is none. Changes nothing. */
  find(id: string): Promise<Machine | undefined>;

  /**
   * Asks all of the machine to end, ends it by force after `graceMs`, and removes everything of it: processes,
   * directory, and its disks unless they are kept for the machine that takes its place. One that is gone is fine.
   * @throws ProblemError 503 `still_running` when something of it does not die; stop again.
   */
  stop(id: string, options: StopOptions, signal: AbortSignal): Promise<void>;

  /** Removes what kept disks still hold, when no machine comes to take them over. Gone is fine. */
  wipe(disks: readonly MachineDisk[]): Promise<void>;

  /** All machines of this compute, or those of one owner (a lifecycle id). Changes nothing. */
  list(owner?: string): Promise<Machine[]>;

  /**
   * Runs a command in the machine. Not idempotent: each call runs it once, and it is gone, with all it forked, when
   * this returns or throws.
   * @throws ProblemError 404 `no_machine`, 409 `machine_dead`, 400 `cannot_start`.
   */
  exec(id: string, request: ExecRequest, signal: AbortSignal): Promise<ExecResult>;

  /**
   * Reads what the machine's command printed, stdout and stderr together, at most 64 KiB a call. Changes nothing.
   * @throws ProblemError 404 `no_machine`.
   */
  logs(id: string, request: LogRequest, signal: AbortSignal): Promise<LogChunk>;

  /**
   * Tells every machine's end that was not asked for, also one from before the call, until `signal` is aborted; then it
   * resolves. A death is told again until one call of `onDeath` for it resolved, so at least once. Where machines are
   * reached over something that may be away, `onReach` is told why it is, and null when it is there (again). Where the
   * place looks after the health of machines, `onHealth` is told of all of them when the watch begins, then of every change.
   */
  watch(onDeath: (death: MachineDeath) => Promise<void>, signal: AbortSignal, onReach?: OnReach, onHealth?: OnHealth): Promise<void>;

  /**
   * How an agent is run in a machine here, where that is not as on this host: puts what it needs there, once.
   * @param temporalAddress where Temporal is for this host; `env` says where it is there, when that is another place
   * @param host of the machine's place
   * @throws ProblemError 422 `unsupported_host`, `temporal_unreachable`, 503 `upload_failed`.
   */
  agentProgram?(temporalAddress: string, host?: string): Promise<AgentProgram>;

  /**
   * Tells whether a port of a machine takes TCP connections, asked on its host: for machines whose addresses lead nowhere
   * from here. Without it they do.
   * @param host of the machine's place
   */
  opens?(address: string, port: number, timeoutMs: number, host?: string): Promise<boolean>;

  /**
   * Where agents here find Temporal only through the grid: holds that way open until `signal` is aborted, and opens it
   * again at the same place when it was broken. One process at a time can; the others wait for their turn.
   */
  lead?(temporalAddress: string, signal: AbortSignal): Promise<void>;

  /** How its host is: clock and disk, as far as that can be told from here. Changes nothing. One of several hosts is asked through `hosts`. */
  vitals?(): Promise<HostVitals>;

  /** How many machines are started, or stopped, at once; none: as many as this host does well with. */
  atOnce?: number;

  /** Where a compute is several hosts that can be away each by itself: every one of them alone, by its name in `capacity`. */
  hosts?: ReadonlyMap<string, Driver>;
}
