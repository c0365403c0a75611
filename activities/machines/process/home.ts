/** What the processes of a machine carry in their environment, and are known by. */
export interface HomeLabels {
  /** Carried by all that is made here. */
  around: Record<string, string>;
  /** Names of the variables that hold a machine's id and the number of its run. */
  machine: string;
  run: string;
}

/** Where and for whom a `process:` driver works. */
export interface ProcessHome {
  /** The compute's name. */
  compute: string;
  grid: string;
  host: string;
  /** Directory of the machines, without symbolic links on the way, as the kernel names it in /proc. */
  machines: string;
  /** Directory of the disks, likewise. */
  disks: string;
  /** First two numbers of the loopback addresses, e.g. `127.77`. */
  net: string;
  labels: HomeLabels;
  /** Runtime directory of the systemd that machines are units of; none: they are process groups and nothing more. */
  userManager?: string;
  cpu: number;
  memMiB: number;
  tags?: string[];
}
