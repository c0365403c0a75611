import { ApplicationFailure } from '@temporalio/common';
import type { Context } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor, ActivityInterceptorsFactory } from '@temporalio/worker';
import { ProblemError } from '../activities/problem_error';

const BEAT_MS = 1_000;

/** Beats for every activity while its process lives, so that a dead worker is noticed within the heartbeat timeout. */
const beat = (context: Context): ActivityInboundCallsInterceptor => ({
  async execute(input, next) {
    let last: unknown;
    const tell = context.heartbeat.bind(context);
    // The details told last are told again with each beat, or they would be lost.
    Object.assign(context, { heartbeat: (details?: unknown) => tell((last = details)) });
    const beating = setInterval(() => tell(last), BEAT_MS);
    try {
      return await next(input);
    } finally {
      clearInterval(beating);
    }
  },
});

/** What a person must mend is not tried again by itself, what may pass is; its problem travels whole. */
const explain: ActivityInboundCallsInterceptor = {
  async execute(input, next) {
    try {
      return await next(input);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      const { problem } = error;
      throw ApplicationFailure.create({ message: problem.message, type: problem.code, nonRetryable: !error.passing, details: [problem] });
    }
  },
};

export const activityInterceptors: ActivityInterceptorsFactory[] = [(context) => ({ inbound: beat(context) }), () => ({ inbound: explain })];
