//! A request is read as a second reader reads it, and edited at the bytes that are meant.

use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use tactful::openai::{Api, Reading, View};

use super::{
    cases::cases,
    documents::{damaged, requests},
};
use crate::checks::chat::{splice, view};

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn the_view_is_what_a_second_reader_sees(body in requests()) {
        view(body.as_bytes());
    }

    #[test]
    fn nothing_selected_is_the_same_bytes_and_a_splice_parses_as_parsing_and_inserting(body in requests()) {
        splice(body.as_bytes());
    }

    #[test]
    fn a_damaged_body_is_read_the_same_way_or_not_at_all(body in damaged()) {
        view(&body);
        splice(&body);
    }
}

#[test]
fn most_of_these_documents_can_be_read() {
    let mut runner = TestRunner::new(cases(300));
    let mut read = [0, 0];
    for _ in 0..300 {
        let body = requests().new_tree(&mut runner).unwrap().current();
        for (count, api) in read.iter_mut().zip([Api::Chat, Api::Responses]) {
            *count += usize::from(matches!(View::read(api, body.as_bytes()), Ok(Reading::View(_))));
        }
    }
    assert!(read.iter().all(|&read| read > 40), "{read:?} of 300");
}
