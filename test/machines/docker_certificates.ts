import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Paths of certificates and keys: of an authority, of an engine on 127.0.0.1 and of who may use it, and of an authority that nobody knows. */
export interface Certificates {
  dir: string;
  ca: string;
  foreignCa: string;
  server: { cert: string; key: string };
  client: { cert: string; key: string };
}

export function makeCertificates(): Certificates {
  const dir = mkdtempSync(join(tmpdir(), 'grid-certificates-'));
  const at = (name: string) => join(dir, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
  const authority = (name: string) => {
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', `/CN=${name}`, '-keyout', at(`${name}.key`), '-out', at(`${name}.pem`));
    return at(`${name}.pem`);
  };
  const [ca, foreignCa] = [authority('ca'), authority('foreign')];
  const signed = (name: string, extensions: string) => {
    openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', `/CN=${name}`, '-keyout', at(`${name}.key`), '-out', at(`${name}.csr`));
    writeFileSync(at(`${name}.ext`), extensions);
    openssl('x509', '-req', '-days', '2', '-in', at(`${name}.csr`), '-CA', ca, '-CAkey', at('ca.key'), '-CAcreateserial', '-extfile', at(`${name}.ext`), '-out', at(`${name}.pem`));
    return { cert: at(`${name}.pem`), key: at(`${name}.key`) };
  };
  return { dir, ca, foreignCa, server: signed('server', 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n'), client: signed('client', 'extendedKeyUsage=clientAuth\n') };
}
