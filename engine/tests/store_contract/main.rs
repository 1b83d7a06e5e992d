//! One contract for every store of the log, and what only a store on disk can show.
//!
//! PostgreSQL is asked where `WHISTLEPOST_TEST_POSTGRES` names a server; `tests/run` starts one.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says so")]

mod backups;
mod contract;
mod crash;
mod deadlines;
mod entries;
mod files;
mod leases;
mod long_transaction;
mod places;
mod roles;
mod stock;
mod sweeping;
mod tampering;
mod together;

use places::{Memory, Place, Postgres, Sqlite};

/// Runs one specification on a log of its own and removes the log afterwards.
async fn on<P: Place>(spec: impl AsyncFnOnce(&P)) {
    if let Some(place) = P::fresh().await {
        spec(&place).await;
        place.remove().await;
    }
}

/// Each specification as a test of its own, named by the store and by the specification.
macro_rules! specs {
    ($module:ident, $place:ty: $($suite:ident { $($spec:ident)* })*) => {
        mod $module {
            $($(
                #[tokio::test(flavor = "multi_thread")]
                async fn $spec() {
                    crate::on::<$place>(async |place| crate::$suite::$spec(place).await).await;
                }
            )*)*
        }
    };
}

/// What every store keeps.
macro_rules! contract {
    ($module:ident, $place:ty $(, $suite:ident { $($spec:ident)* })*) => {
        specs! { $module, $place:
            contract {
                a_log_says_who_it_is_and_starts_empty
                what_was_appended_is_read_as_it_was_written
                positions_grow_in_the_order_of_the_entries
                a_large_batch_is_written_whole
                what_does_not_fit_in_a_large_batch_concerns_itself_only
                an_append_answers_with_the_rows_as_they_stand_in_the_log
                a_conflict_fails_only_its_own_entry
                a_second_entry_for_a_stream_is_a_conflict
                a_repeated_command_gets_its_first_receipt
                a_command_repeated_within_a_batch_is_written_once
                a_batch_with_nothing_to_write_leaves_the_log_as_it_was
                an_entry_without_events_is_refused_with_its_whole_batch
                receipts_are_found_by_command_and_listed_in_its_order
                keys_are_kept_with_the_cases_they_open
                a_page_ends_at_its_limit_and_the_next_goes_on_behind_it
                a_replay_folds_what_the_rows_say_in_their_order
                a_sound_log_passes_its_own_check
                a_parked_stream_stays_where_it_was_parked_until_it_is_released
            }
            deadlines {
                the_next_deadline_of_a_stream_replaces_the_one_before
                a_stream_without_a_clock_waits_for_nothing
                every_entry_arms_its_deadline_anew
                a_failed_entry_leaves_the_deadline_alone
                due_deadlines_come_earliest_first
                a_page_of_due_deadlines_goes_on_where_the_one_before_ended
                all_deadlines_can_be_paged_by_stream
            }
            leases {
                a_lease_is_one_nodes_until_it_runs_out
                a_released_lease_is_free_at_once
                of_many_that_claim_at_once_one_gets_the_lease
                a_loop_keeps_its_lease_by_asking_and_loses_it_by_hanging
                the_stores_clock_goes_on
            }
            sweeping {
                of_two_nodes_one_sweeps_and_another_takes_over_when_it_dies
                two_that_sweep_at_once_pass_each_deadline_once
                deadlines_freeze_while_the_clock_is_off_and_another_node_goes_on
                a_stream_of_a_newer_program_holds_up_nothing_but_itself
            }
            backups {
                a_backup_made_under_load_comes_back_into_either_store
            }
            files {
                a_missing_or_altered_photograph_is_named_with_its_case
                photographs_go_along_with_a_backup_to_another_kind_of_store
                files_are_left_out_on_request_and_damaged_ones_refused
            }
            together {
                a_reader_misses_nothing_while_eight_writers_append
                two_handles_append_without_a_fork
                a_node_that_has_long_written_alone_is_judged_like_any_other
                one_of_many_rivals_for_a_stream_wins
                one_command_sent_by_many_is_written_once
                a_caller_that_hangs_up_leaves_nothing_half_done
                a_log_opened_again_goes_on_where_it_was
            }
            $($suite { $($spec)* })*
        }
    };
}

contract!(memory, crate::Memory);
contract!(sqlite, crate::Sqlite, tampering {
    events_cannot_be_updated_or_deleted
    a_changed_row_is_named
    a_deleted_row_is_named
    a_replay_over_a_row_that_is_not_ours_fails
    a_row_put_in_is_named_and_the_log_goes_on
    a_tail_cut_off_is_named
    missing_guards_are_told
    a_key_of_no_case_and_a_log_without_an_id_are_named
    a_newer_schema_is_refused
    an_older_log_is_brought_up_to_this_program
    another_jurisdiction_is_refused
}, backups {
    a_backup_is_complete_or_not_there
    a_damaged_backup_is_refused_and_the_log_stays_empty
    only_an_empty_idle_log_of_the_same_jurisdiction_takes_a_backup
}, crash {
    fifty_kills_lose_nothing_and_repeat_nothing
});
contract!(postgres, crate::Postgres, tampering {
    events_cannot_be_updated_or_deleted
    a_changed_row_is_named
    a_deleted_row_is_named
    a_replay_over_a_row_that_is_not_ours_fails
    a_row_put_in_is_named_and_the_log_goes_on
    a_tail_cut_off_is_named
    missing_guards_are_told
    a_key_of_no_case_and_a_log_without_an_id_are_named
    a_newer_schema_is_refused
    an_older_log_is_brought_up_to_this_program
    another_jurisdiction_is_refused
}, backups {
    a_backup_is_complete_or_not_there
    a_damaged_backup_is_refused_and_the_log_stays_empty
    only_an_empty_idle_log_of_the_same_jurisdiction_takes_a_backup
}, crash {
    fifty_kills_lose_nothing_and_repeat_nothing
}, roles {
    the_application_role_can_append_and_nothing_else
    everything_works_under_the_application_role
    what_the_application_role_was_granted_beyond_is_taken_back_or_told
    nodes_that_start_together_make_the_tables_once
    an_empty_database_needs_its_owner
    an_older_log_needs_its_owner
    a_log_can_have_a_schema_of_its_own
}, long_transaction {
    an_idle_transaction_of_somebody_else_stalls_no_reader_and_hides_nothing
});
