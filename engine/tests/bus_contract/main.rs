//! What every carrier of the bus must keep, run over both: in the process, and NATS with JetStream.
//!
//! The NATS half needs a throw-away server: `WHISTLEPOST_TEST_NATS=nats://127.0.0.1:PORT`.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says so")]

mod asked;
mod carriers;
mod documented;
mod lost;
mod orders;
mod parked;
mod reconciled;
mod reconnect;
mod refused;
mod restored;
mod schemas;
mod shapes;
mod taken_over;
mod traffic;
mod vocabulary;
mod whistle;
mod world;

/// One test a promise and carrier.
macro_rules! on_both {
    ($($module:ident :: $promise:ident),+ $(,)?) => {
        mod in_process {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $promise() {
                crate::$module::$promise(crate::world::World::new(crate::carriers::Carrier::in_process()).await).await;
            })+
        }
        mod nats {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $promise() {
                if let Some(carrier) = crate::carriers::Carrier::nats().await {
                    crate::$module::$promise(crate::world::World::new(carrier).await).await;
                }
            })+
        }
    };
}

on_both! {
    whistle::a_called_unit_gets_its_leg_and_answers_it,
    whistle::said_by_console_and_bus_it_is_one_acknowledgement,
    whistle::who_was_not_called_is_refused_and_who_declines_is_decided_about,
    whistle::a_co_unit_gets_its_part_and_answers_it_in_the_words_of_every_task,
    traffic::a_complaint_becomes_a_task_and_its_answer_comes_back,
    traffic::a_duplicate_opens_nothing_and_is_told,
    traffic::changed_content_is_a_supplement,
    traffic::an_answer_given_twice_counts_once,
    traffic::the_unit_contacts_and_reports,
    traffic::many_cases_in_one_batch_keep_the_order_of_each,
    traffic::imports_are_told_to_nobody_but_the_unit,
    refused::what_is_malformed_goes_to_the_dead_and_the_queue_goes_on,
    refused::nobody_speaks_for_another_source,
    refused::a_letter_can_be_replayed_byte_for_byte,
    refused::an_answer_that_cannot_be_applied_is_dead_with_its_code,
    refused::what_we_fail_to_take_in_comes_again,
    lost::a_publisher_that_died_goes_on_without_doubling,
    lost::a_publish_of_unknown_outcome_is_not_doubled,
    lost::the_second_of_two_publishers_is_stopped,
    lost::a_wiped_bus_is_made_anew_and_filled_again,
    lost::a_purged_stream_is_filled_again,
    lost::an_emptied_stream_is_noticed_where_nothing_happens,
    parked::what_is_not_understood_parks_its_stream_and_nothing_else,
    parked::what_was_parked_goes_out_once_it_is_understood,
    parked::a_wiped_bus_is_filled_again_without_what_is_parked,
    orders::a_withdrawn_order_is_closed_and_its_unit_is_told,
    orders::a_due_time_set_outside_moves_the_limit_and_the_unit_gets_its_task_anew,
    orders::every_unit_that_a_late_order_climbs_to_is_told_the_limit_of_the_city,
    orders::a_due_time_that_was_set_earlier_and_comes_later_is_told_and_changes_nothing,
    orders::decisions_and_ratings_of_the_city_are_carried_out,
    orders::what_comes_before_its_complaint_waits_for_it,
    orders::what_never_gets_its_complaint_is_dead_and_told,
    orders::only_the_system_that_sent_a_complaint_may_speak_about_it,
    orders::an_older_version_that_comes_late_is_not_taken_for_news,
    orders::a_unit_is_told_what_became_of_every_answer,
    orders::a_test_order_says_so_in_every_message,
    asked::a_return_that_the_city_decides_is_put_to_it_and_carried_out,
    asked::a_return_that_the_city_refuses_gives_the_unit_its_task_anew,
    asked::an_extension_is_asked_over_the_bus_and_not_taken,
    reconciled::a_day_that_is_over_is_told_once_to_every_source,
    reconciled::a_source_that_falls_silent_is_told_so,
    vocabulary::a_sender_is_told_in_its_own_words,
    vocabulary::a_decision_may_be_said_by_a_code,
    vocabulary::whoever_has_no_table_is_told_by_the_event_alone,
    restored::a_restored_log_goes_on_from_what_it_still_knows,
    restored::another_log_does_not_write_into_this_ones_streams,
}
