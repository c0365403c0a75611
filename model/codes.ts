/**
 * Every code that a reason can have: why a step waits for a person, why a request was refused, why a process does not come
 * up, what a condition is about. Each stands under the page of the runbook (docs/runbook/) that has a section of its name, which
 * a test holds; what is not here is no {@link Code}, and does not compile.
 */
export const RUNBOOK = {
  clusters: [
    'no_capacity', 'does_not_fit', 'compute_not_found', 'node_lost', 'node_unhealthy', 'script_failed', 'interpreter_missing', 'unknown_script', 'no_place_for_script', 'not_ready',
    'timed_out', 'step_failed', 'attempt_failed', 'undo_failed', 'asked_for', 'secret_missing', 'not_taken', 'not_wanted', 'no_answer', 'forbidden_address',
  ],
  machines: [
    'machine_not_started', 'cannot_start', 'host_exhausted', 'foreign_machine', 'still_running', 'disk_full', 'disk_in_use', 'disk_in_the_way', 'bad_disk', 'bad_network', 'bad_environment', 'bad_command',
    'bad_machine_id', 'machine_dead', 'no_machine', 'machine_not_found', 'machine_in_use', 'owner_unknown',
    'no_image', 'bad_image', 'image_not_found', 'image_denied', 'registry_unreachable', 'pull_failed', 'wrong_architecture', 'address_taken', 'foreign_network', 'foreign_volume', 'cannot_end',
    'no_offer', 'not_started', 'stopped', 'task_rejected', 'cannot_exec',
  ],
  computes: [
    'compute_silent', 'compute_unreachable', 'compute_not_ready', 'bad_connector', 'unknown_connector', 'net_taken', 'unsupported_host', 'not_packed', 'bad_key', 'bad_credentials', 'no_such_host', 'temporal_unreachable',
    'host_unreachable', 'login_refused', 'unknown_host_key', 'wrong_host_key', 'node_missing', 'node_too_old', 'host_program_failed', 'upload_failed', 'forwarding_refused', 'no_free_port',
    'engine_unreachable', 'engine_denied', 'engine_untrusted', 'engine_failed', 'engine_refused',
    'master_unreachable', 'master_denied', 'master_refused', 'framework_taken', 'framework_refused', 'framework_removed', 'agent_unreachable', 'agent_refused', 'needs_grid',
    'connector_unreachable', 'connector_failed', 'connector_silent', 'outcome_unknown', 'counts_only',
  ],
  services: [
    'action_failed', 'action_timed_out', 'action_flooded', 'broken_actions', 'program_missing', 'recipe_changed', 'recipe_gone', 'broken_recipe', 'unsupported_process', 'unsupported_recipe',
    'port_taken', 'process_ended', 'port_not_open', 'check_failed', 'failing', 'not_installed', 'missing_value', 'no_agent', 'replacement_failed', 'no_room_to_replace', 'compute_gone',
    'instance_missing', 'machine_died', 'silent', 'suspect_ourselves', 'lost', 'agent_lost', 'agent_silent',
  ],
  environments: [
    'model_changed', 'service_not_found', 'download_failed', 'git_failed', 'git_missing', 'git_conflict', 'repository_too_large', 'domain_not_found', 'export_missing', 'export_outside', 'no_action', 'aborted',
    'file_not_found', 'file_too_large', 'model_differs', 'not_adopted', 'foreign_environment', 'broken_model', 'invalid_hrd', 'invalid_hrd_value', 'hrd_too_long', 'is_elsewhere',
    'ambiguous_service', 'ambiguous_template', 'template_not_found', 'parent_not_found', 'missing_name', 'invalid_key', 'invalid_blueprint', 'secret_in_model', 'no_producer', 'ambiguous_producer',
    'operations_missing', 'cycle', 'still_needed', 'export_not_found', 'remote_build',
  ],
  grid: [
    'temporal_away', 'no_worker', 'called_off', 'not_confirmed', 'busy', 'temporal_refuses', 'no_namespace', 'codec_key_unknown', 'payload_damaged', 'tokens_unreadable', 'unexpected',
    'no_temporal', 'temporal_out_of_reach', 'namespace_not_usable', 'process_does_not_come_up', 'port_in_use', 'already_running', 'grid_runs_elsewhere', 'wrong_configuration', 'bad_computes_file', 'not_plain_data',
    'broken_catalog', 'bad_services_file', 'broken_definitions', 'does_not_replay', 'no_such_build', 'set_back_in_vain', 'temporal_refused',
  ],
  requests: [
    'unauthorized', 'forbidden', 'foreign_origin', 'too_many_calls', 'too_many_streams', 'too_slow', 'headers_too_large', 'not_http', 'body_too_large', 'wrong_content_type', 'not_utf8', 'invalid_json', 'json_too_deep',
    'invalid_body', 'invalid_query', 'invalid_name', 'invalid_cursor', 'invalid_idempotency_key', 'idempotency_key_reused', 'several_etags', 'changed_meanwhile', 'unknown_path', 'not_found', 'method_not_allowed',
    'unknown_verb', 'nothing_blocked', 'other_step', 'already_decided', 'not_skippable', 'not_retryable', 'nothing_running', 'aborting', 'destroying', 'destroyed', 'over', 'already_paused', 'not_paused',
    'no_plan', 'world_moved', 'changing', 'over_quota', 'no_quota', 'product_not_found', 'cluster_not_found', 'role_not_found', 'job_not_found', 'order_refused', 'order_ended', 'no_template',
    'missing_option', 'invalid_options', 'wrong_option_type', 'forbidden_name', 'template_syntax', 'template_failed', 'template_undefined', 'template_include', 'template_result', 'template_too_big', 'template_too_slow',
    'template_too_deep', 'duplicate_name', 'invalid_template_result', 'unknown_task', 'internal_task', 'invalid_task', 'unknown_field', 'unknown_consumer', 'wrong_route', 'similar_task', 'already_installed', 'above_max', 'below_min',
    'not_writable', 'no_recipe', 'none_there', 'recipe_not_found', 'instance_not_found', 'reserved_uri', 'built_in', 'secret_in_connector', 'in_use', 'removed', 'not_draining', 'already_draining', 'same_compute', 'other_kind', 'no_target',
    'undefined_compute', 'undefined_service', 'missing_parameters', 'invalid_parameter', 'invalid_number', 'no_data', 'command_needed', 'no_address', 'bad_address', 'not_a_reference', 'other_owner', 'too_many_webhooks', 'codec_off',
    'not_accepted', 'not_now',
  ],
} as const;

export type Code = (typeof RUNBOOK)[keyof typeof RUNBOOK][number];

const PAGES = new Map<string, string>(Object.entries(RUNBOOK).flatMap(([page, codes]) => codes.map((code) => [code, page])));

/**
 * Where the section about a code is, relative to the API; made when it is read and kept nowhere, so that what was recorded by
 * another release leads to today's page. Undefined for what that release called otherwise.
 */
export function helpOf(code: string): string | undefined {
  const page = PAGES.get(code);
  return page && `/docs/runbook/${page}.md#${code}`;
}
