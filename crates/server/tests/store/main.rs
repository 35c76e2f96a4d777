//! The store's suite: one list of tests, run on SQLite and on PostgreSQL, each test with a database of its own.
//!
//! PostgreSQL is the server that `SEALPOST_TEST_POSTGRES` names (a `postgres://` address whose user may create
//! databases); without it those tests say that they are skipped.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod accounts;
mod archive;
mod blobs;
mod conversations;
mod cursors;
mod database;
mod delistings;
mod departures;
mod devices;
mod erasure;
mod fixtures;
mod key_packages;
mod links;
mod log;
mod people;
mod queue;
mod reports;
mod retention;
mod sessions;

macro_rules! store_suite {
    ($($family:ident: $($test:ident),+;)+) => {
        mod sqlite {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    crate::database::run(Some(crate::database::Database::sqlite().await), crate::$family::$test).await;
                }
            )+)+
        }

        mod postgres {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    crate::database::run(crate::database::Database::postgres().await, crate::$family::$test).await;
                }
            )+)+
        }
    };
}

store_suite! {
    accounts:
        registering_makes_everything_at_once,
        taken_names_and_ids_are_told_apart,
        an_invite_is_used_as_often_as_it_says,
        who_lost_everything_begins_anew_under_the_same_name,
        accounts_are_found_by_the_beginning_of_a_name,
        injection_strings_are_only_text,
        backups_are_compared_and_swapped,
        passkeys_come_and_go_with_a_backup_or_not_at_all,
        vaults_are_compared_and_swapped,
        settings_are_made_once;
    archive:
        segments_take_the_place_of_those_that_their_writer_knows,
        of_two_devices_that_write_the_same_one_is_told_of_the_other,
        an_archive_is_its_accounts_own_has_a_bound_and_can_be_erased,
        a_long_list_comes_in_parts;
    blobs:
        a_message_names_what_its_sender_uploaded_for_it,
        a_blob_goes_with_its_message_whatever_archives_say,
        a_blob_lives_as_long_as_something_tells_of_it,
        an_account_has_so_much_room,
        only_so_many_blobs_wait_for_a_message;
    sessions:
        a_used_session_slides_at_most_once_an_hour,
        a_recovery_session_does_not_slide,
        sessions_end_one_by_one_and_all_at_once,
        a_new_password_ends_the_other_sessions,
        a_sign_in_ends_once,
        what_expired_is_pruned;
    devices:
        device_lists_form_one_chain,
        a_removed_device_loses_sessions_packages_and_welcomes;
    key_packages:
        a_claim_can_be_repeated,
        a_device_has_so_many_packages_and_no_more,
        no_package_is_handed_out_twice,
        the_last_resort_and_old_packages;
    conversations:
        creating_again_is_harmless,
        of_two_direct_conversations_one_wins,
        welcomes_keep_their_tree, inboxes_are_read_in_bounded_windows,
        a_tree_has_its_pieces_in_common_with_the_next,
        group_info_and_tree_are_of_one_epoch,
        states_are_compared_and_swapped;
    log:
        concurrent_appends_leave_no_gap_and_an_intact_chain,
        batches_over_the_same_conversations_in_any_order_all_succeed,
        the_same_entry_again_is_a_duplicate,
        another_entry_under_the_same_client_id_is_refused,
        an_entry_of_another_epoch_is_stale,
        of_concurrent_commits_one_wins,
        strangers_and_missing_conversations_look_alike,
        a_member_joins_by_its_own_commit,
        a_removed_device_reads_up_to_its_removal,
        windows_are_bounded;
    erasure:
        a_token_blanks_its_entry_and_nothing_else,
        an_entry_is_blanked_when_its_time_has_come,
        a_blank_entry_is_still_a_duplicate;
    retention:
        what_every_device_has_is_not_kept,
        away_devices_and_away_people_are_waited_for,
        a_device_that_came_later_has_nothing_from_before,
        a_pruned_entry_is_not_taken_twice_nor_missed,
        who_was_removed_and_never_came_has_no_part_any_more,
        many_logs_are_pruned_a_few_at_a_time,
        a_welcome_that_nobody_came_for_expires,
        nothing_becomes_old_by_a_jump_of_the_clock;
    departures:
        who_leaves_is_removed_before_anything_else,
        who_may_not_leave_is_told_why,
        the_last_to_leave_leaves_nothing_waiting;
    delistings:
        a_device_that_is_not_listed_is_removed_before_anything_else,
        the_last_leaf_of_an_account_waits_for_its_next_device,
        a_device_that_is_added_when_it_has_left_its_list_is_removed_next;
    cursors:
        what_is_due_comes_most_recently_used_first,
        stored_cursors_move_forward_only,
        read_cursors_move_forward_only,
        steps_say_when_members_had_an_entry;
    links:
        links_lead_somewhere_until_they_end,
        requests_to_join_wait_until_they_end,
        only_so_many_wait_to_join;
    people:
        settings_are_those_written_last,
        when_someone_was_there_goes_with_their_presence,
        a_picture_has_one_more_version_at_each_change,
        what_two_accounts_share_is_known;
    reports:
        reports_are_kept_once_and_read_in_order;
    queue:
        a_poisoned_entry_fails_alone,
        closing_writes_what_waits,
        a_lost_database_is_temporary;
    database:
        reopening_keeps_everything;
}
