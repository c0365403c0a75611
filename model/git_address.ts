/** Ways to a repository that git may take: none that runs a program of the address's choice. */
const ADDRESS = /^(?:https?|ssh|git|file):\/\/[^\s]+$|^[\w.-]+@[\w.-]+:[^\s]+$/;
const WITH_PASSWORD = /:\/\/[^/]*:[^/]*@/;

/** What git may use of an address, as its variable GIT_ALLOW_PROTOCOL says it. */
export const PROTOCOLS = 'https:http:ssh:git:file';

/** Whether a text is the address of a repository, without a password. */
export const isRepository = (url: string): boolean => ADDRESS.test(url) && !WITH_PASSWORD.test(url) && !url.startsWith('-');

/** Whether a text can be a branch, a tag or a revision; empty: the head. */
export const isRef = (ref: string): boolean => !ref.startsWith('-') && !ref.includes('..') && !/[\s~^:?*[\\\p{Cc}]/u.test(ref);

export const REPOSITORY_RULE = 'Write https://, ssh:// or git@host:path, in quotes, without a password.';
