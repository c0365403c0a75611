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
  cpu: number;
  memMiB: number;
}
