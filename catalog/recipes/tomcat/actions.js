const { execFileSync } = require('node:child_process');
const { existsSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const SKELETON = '/usr/share/tomcat10/skel/conf/server.xml';

/** The directory of the instance; what was deployed into it stays when it is configured anew. */
exports.configure = ({ service, hrd, machine }) => {
  const base = join(service.path, 'tomcat');
  if (!existsSync(join(base, 'conf'))) execFileSync('tomcat10-instance-create', [base], { input: '\n', stdio: ['pipe', 'inherit', 'inherit'] });
  writeFileSync(join(base, 'conf/server.xml'), serverXml(machine.address, hrd['instance.param.port']));
  const page = join(base, 'webapps/ROOT/index.html');
  if (existsSync(page)) return;
  mkdirSync(join(base, 'webapps/ROOT'), { recursive: true });
  writeFileSync(page, `<!doctype html>\n<title>Tomcat</title>\n<p>${service.name}/${service.instance} works</p>\n`);
};

/** Only on the address of the machine, and without the port that shuts it down. */
function serverXml(address, port) {
  const skeleton = readFileSync(SKELETON, 'utf8');
  const server = skeleton.replace(/<Server port="-?\d+"/, '<Server port="-1"');
  const connected = server.replace('<Connector port="8080"', `<Connector address="${address}" port="${port}"`);
  if (connected === server) throw new Error(`${SKELETON} has no connector on port 8080`);
  return connected;
}
