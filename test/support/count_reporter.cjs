const { writeFileSync } = require('node:fs');

/** What `describeNeeding` puts into the name of a group that is skipped. */
const REASON = /\[skipped: ([^\]]*)\]/;

/** Writes how many tests passed, failed and were skipped, these with their reasons, to the file GRID_TEST_COUNTS. */
module.exports = class CountReporter {
  onRunComplete(_contexts, results) {
    const file = process.env.GRID_TEST_COUNTS;
    if (!file) return;
    const skipped = results.testResults
      .flatMap((suite) => suite.testResults)
      .filter((test) => ['pending', 'skipped', 'todo', 'disabled'].includes(test.status))
      .map((test) => ({ name: test.fullName.replace(REASON, '').replace(/\s+/g, ' ').trim(), reason: REASON.exec(test.fullName)?.[1] ?? 'without a reason' }));
    // A file that could not even be loaded has no failed test of its own.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    writeFileSync(file, JSON.stringify({ passed: results.numPassedTests, failed, skipped }));
  }
};
