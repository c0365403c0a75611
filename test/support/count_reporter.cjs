const { writeFileSync } = require('node:fs');
const { relative } = require('node:path');
const { stripVTControlCharacters } = require('node:util');

/** What `describeNeeding` puts into the name of a group that is skipped. */
const REASON = /\[skipped: ([^\]]*)\]/;

/** Writes how many tests passed, which failed and why in brief, and which were skipped for which reason, to the file GRID_TEST_COUNTS. */
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
    const failures = results.testResults.flatMap(failuresOf);
    writeFileSync(file, JSON.stringify({ passed: results.numPassedTests, failed, failures, skipped }));
  }
};

const failuresOf = (suite) => {
  const file = relative(process.cwd(), suite.testFilePath);
  if (suite.testExecError) return [{ name: file, why: brief(suite.testExecError.message ?? '') }];
  return suite.testResults.filter((test) => test.status === 'failed').map((test) => ({ name: `${file}: ${test.fullName}`, why: brief(test.failureMessages.join('\n')) }));
};

const brief = (message) => stripVTControlCharacters(message).replace(/\n\s+at [^\n]*/g, '').replace(/\s+/g, ' ').slice(0, 400);
