const { statSync } = require('node:fs');
const Sequencer = require('@jest/test-sequencer').default;

/**
 * What takes minutes begins first, or the last of it would be waited for alone; jest knows sizes of files only, where nothing ran before. The very
 * first are what counts memory and what goes through all histories: the more a worker has run, the more memory it has and the slower it is.
 */
const LONG = [/\/events\/many_readers/, /\/replay\/replay/, /\/crash\//, /\/services\//, /\/docker\//, /\/docs\/samples/, /\/clusters\//, /\/up\//, /\/machines\/docker/];

module.exports = class LongFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const found = LONG.findIndex((one) => one.test(path));
      return found < 0 ? LONG.length : found;
    };
    return [...tests].sort((a, b) => rank(a) - rank(b) || statSync(b.path).size - statSync(a.path).size);
  }
};
