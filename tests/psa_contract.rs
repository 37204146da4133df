//! What every client of [`irate::psa::Psa`] promises, tried against the practice service desk of its
//! kind: real HTTP on loopback, on a clock that the test moves.
//!
//! A promise is one function, written once for all PSAs; a [`Side`](side::Side) brings the client
//! and reads the same desk over plain HTTP, by its own reading of the vendor's facts. To put another
//! PSA under the contract, write its side and add one line at the end of this file.

#[path = "psa_contract/access.rs"]
mod access;
#[path = "psa_contract/autotask_side.rs"]
mod autotask_side;
#[path = "psa_contract/bench.rs"]
mod bench;
#[path = "common/clients.rs"]
mod clients;
#[path = "psa_contract/connectwise_side.rs"]
mod connectwise_side;
#[path = "psa_contract/halo_side.rs"]
mod halo_side;
#[path = "psa_contract/history.rs"]
mod history;
#[path = "psa_contract/kaseya_bms_side.rs"]
mod kaseya_bms_side;
#[path = "psa_contract/limits.rs"]
mod limits;
#[path = "psa_contract/reading.rs"]
mod reading;
#[path = "psa_contract/side.rs"]
mod side;
#[path = "psa_contract/writing.rs"]
mod writing;

/// A test for each promise, kept by one side.
macro_rules! tests_of {
    ($side:ty: $($room:ident::$promise:ident)*) => {
        $(
            #[tokio::test]
            async fn $promise() {
                crate::$room::$promise::<$side>().await;
            }
        )*
    };
}

macro_rules! keeps_the_contract {
    ($name:ident, $side:ty) => {
        mod $name {
            tests_of! {
                $side:
                access::a_token_is_renewed_when_its_time_is_up
                access::a_token_that_the_psa_forgot_is_renewed
                access::a_wrong_secret_is_unauthorized
                access::a_dead_server_is_unreachable_until_it_is_back
                access::an_address_without_a_psa_is_told_so
                reading::every_ticket_changed_since_the_cursor_is_listed
                reading::a_ticket_that_changes_between_two_pages_is_not_lost
                reading::a_ticket_reads_as_the_psa_holds_it
                reading::a_ticket_that_is_not_there_is_not_found
                reading::whole_conversations_are_told_once
                reading::what_was_said_since_is_told
                reading::picklists_name_what_tickets_hold
                reading::picklists_rank_within_their_scope
                reading::inactive_values_are_marked
                reading::hostile_text_stays_raw_in_bodies_only
                writing::each_field_is_set_alone
                writing::several_fields_are_set_at_once
                writing::side_effects_are_seen
                writing::only_the_owner_can_be_taken_away
                writing::a_value_of_another_scope_is_refused_and_changes_nothing
                writing::a_note_stays_internal_and_is_found_by_its_marker
                writing::special_characters_in_a_note_stay_text
                history::who_changed_what_is_told_in_order
                limits::calls_wait_where_the_psa_throttles
                limits::the_share_of_the_tenants_calls_is_never_overdrawn
            }
        }
    };
}

keeps_the_contract!(autotask, crate::autotask_side::AutotaskSide);
keeps_the_contract!(connectwise, crate::connectwise_side::ConnectwiseSide);
keeps_the_contract!(halo, crate::halo_side::HaloSide);
keeps_the_contract!(kaseya_bms, crate::kaseya_bms_side::KaseyaBmsSide);
