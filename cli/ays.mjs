#!/usr/bin/env node
import { run } from '../workers/build.mjs';
import { prepare } from './prepare.mjs';

/** The command `ays`: `grid ays`, made anew whenever its sources changed. */
await prepare();
run('grid', ['ays', ...process.argv.slice(2)]);
