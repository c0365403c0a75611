import { run } from '../workers/build.mjs';
import { prepare } from './prepare.mjs';

/** `npm start [-- command…]`: the whole grid in the foreground, and once it is up, the command. */
await prepare();
const words = process.argv.slice(2);
run('grid', words.length > 0 ? ['up', '--', ...words] : ['up']);
