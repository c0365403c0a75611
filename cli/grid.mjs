#!/usr/bin/env node
import { run } from '../workers/build.mjs';
import { prepare } from './prepare.mjs';

/** The `grid` command, made anew whenever its sources changed. */
await prepare();
run('grid', process.argv.slice(2));
