import type { Command } from 'commander';
import { EXIT } from '../exit';
import { paperOf, print, printJson } from '../io';
import { jsonCommand, type Context } from './shared';

export const doctorCommand = (context: Context): Command =>
  jsonCommand('doctor', 'check everything that keeps the grid from working, and say what to do; exit code 1 when something failed').action(async ({ json }: { json?: boolean }) => {
    const { io } = context;
    const { examine } = await import('../examine');
    const { isWell } = await import('../../model/doctor');
    const findings = await examine(context.api(), io.env);
    const well = isWell(findings);
    context.exit = well ? EXIT.ok : EXIT.error;
    if (json) return printJson(io, { well, findings });
    const { doctorText } = await import('../render/doctor');
    print(io, doctorText(findings, paperOf(io)));
  });
