//! A chat request is read as a second reader reads it, and edited at the bytes that are meant.

use proptest::{prelude::*, strategy::ValueTree as _};

use super::{
    cases::cases,
    documents::{chats, damaged},
};
use crate::checks::chat::{splice, view};

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn the_view_is_what_a_second_reader_sees(body in chats()) {
        view(body.as_bytes());
    }

    #[test]
    fn nothing_selected_is_the_same_bytes_and_a_splice_parses_as_parsing_and_inserting(body in chats()) {
        splice(body.as_bytes());
    }

    #[test]
    fn a_damaged_body_is_read_the_same_way_or_not_at_all(body in damaged()) {
        view(&body);
        splice(&body);
    }
}

#[test]
fn most_of_these_documents_are_chats() {
    let mut runner = proptest::test_runner::TestRunner::new(cases(300));
    let mut read = 0;
    for _ in 0..300 {
        let body = chats().new_tree(&mut runner).unwrap().current();
        let reading = tactful::openai::Chat::read(body.as_bytes());
        read += usize::from(matches!(reading, Ok(tactful::openai::Reading::Chat(_))));
    }
    assert!(read > 150, "{read} of 300");
}
