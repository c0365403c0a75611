import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { SEARCH_ATTRIBUTES } from '../../model/messages';

export const KIND = defineSearchAttributeKey(SEARCH_ATTRIBUTES.kind, SearchAttributeType.KEYWORD);
export const OWNER = defineSearchAttributeKey(SEARCH_ATTRIBUTES.owner, SearchAttributeType.KEYWORD);
export const STATE = defineSearchAttributeKey(SEARCH_ATTRIBUTES.state, SearchAttributeType.KEYWORD);
export const CHANGED_AT = defineSearchAttributeKey(SEARCH_ATTRIBUTES.changedAt, SearchAttributeType.DATETIME);
export const BLOCKED = defineSearchAttributeKey(SEARCH_ATTRIBUTES.blocked, SearchAttributeType.BOOL);
