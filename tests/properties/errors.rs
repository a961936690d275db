//! An error is JSON with all four keys, whatever its message says.

use proptest::prelude::*;
use serde_json::Value;
use tactful::openai::{ErrorBody, events};

use super::cases::cases;

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn an_error_always_has_its_four_keys(message in any::<String>(), param in any::<Option<String>>()) {
        let error = ErrorBody::new("server_error", "overloaded", message.clone());
        let error = param.iter().fold(error, |error, param| error.about(param));
        let told: Value = serde_json::from_slice(&error.to_json()).unwrap();
        let expected = serde_json::json!({ "error": {
            "message": message, "type": "server_error", "param": param, "code": "overloaded",
        } });
        prop_assert_eq!(&told, &expected);

        let event = error.to_event();
        let data: Vec<_> = events(&event).collect();
        prop_assert_eq!(data.len(), 1);
        prop_assert_eq!(&serde_json::from_slice::<Value>(&data[0]).unwrap()["error"], &expected["error"]);
    }
}
