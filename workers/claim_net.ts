import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

const DEFAULT_OCTET = 77;
const FIRST_OCTET = 78;
const OCTETS = 170;

/**
 * The loopback net `127.<octet>` whose addresses the machines of this grid have (DESIGN §6): 127.77 for the default home, for every
 * other one that no other grid on this host has. It stays the grid's, since what runs listens there.
 */
export function claimNet(home: string, claims = join(tmpdir(), 'service-grid-nets')): string {
  const kept = join(home, 'net');
  if (existsSync(kept)) return readFileSync(kept, 'utf8').trim();
  mkdirSync(claims, { recursive: true, mode: 0o1777 });
  const start = createHash('sha256').update(home).digest().readUInt32BE(0);
  const wanted = home === join(homedir(), '.service-grid') ? [DEFAULT_OCTET] : [];
  const octets = [...wanted, ...Array.from({ length: OCTETS }, (_, i) => FIRST_OCTET + ((start + i) % OCTETS))];
  const octet = octets.find((one) => claim(join(claims, String(one)), home));
  if (octet === undefined) throw new Error(`all ${OCTETS} loopback nets of this host are taken by other grids (${claims})`);
  mkdirSync(home, { recursive: true });
  writeFileSync(kept, `127.${octet}`);
  return `127.${octet}`;
}

/** A claim is a file that names its holder; one whose home is gone holds nothing any more. */
function claim(file: string, home: string): boolean {
  try {
    writeFileSync(file, home, { flag: 'wx', mode: 0o644 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const holder = readFileSync(file, 'utf8');
  if (holder === home) return true;
  if (holder === '' || existsSync(holder)) return false;
  unlinkSync(file);
  return claim(file, home);
}
