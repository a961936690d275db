use serde_json::json;

use super::*;

#[tokio::test]
async fn an_open_comparison_says_which_is_which() {
    let house = House::open().await;
    let held = comparison(true);
    house.hold(&person("mail", "ann"), kept(&held)).await;
    let open = house.get(&format!("/comparisons/{}", held.id)).await;
    assert_eq!((&open["object"], &open["blind"]), (&json!("comparison"), &json!(false)));
    assert_eq!(open["personalized"]["text"], "Lentils.");
    assert_eq!(
        (&open["personalized_is_second"], &open["attributes"]),
        (&json!(true), &json!(held.attributes))
    );
    assert_eq!(house.get("/comparisons?user=ann").await["data"], json!([open]));
}

#[tokio::test]
async fn a_blind_comparison_gives_nothing_away() {
    let house = House::open().await;
    for second in [false, true] {
        let held = comparison(second);
        house.hold(&person("mail", "ann"), kept(&held)).await;
        let blind = house.get(&format!("/comparisons/{}?blind=true", held.id)).await;
        let texts = if second { ["Roast.", "Lentils."] } else { ["Lentils.", "Roast."] };
        let expected = json!({
            "object": "comparison", "id": held.id, "blind": true, "app": "mail", "user": "ann",
            "created_at": held.created_at, "prompt": "What shall I cook?",
            "answers": [{ "label": "A", "text": texts[0] }, { "label": "B", "text": texts[1] }],
        });
        assert_eq!(blind, expected);
        let lists = ["/comparisons?blind=true&limit=1", "/comparisons?blind=true&limit=1&user=ann"];
        for list in lists {
            assert_eq!(house.get(list).await["data"], json!([expected]), "{list}");
        }
    }
}

#[tokio::test]
async fn pages_of_everyones_comparisons_meet() {
    let house = House::open().await;
    let held: Vec<_> = (0..3).map(|_| comparison(false)).collect();
    for (n, held) in held.iter().enumerate() {
        house.hold(&person("mail", if n % 2 == 0 { "ann" } else { "bob" }), kept(held)).await;
    }
    let first = house.get("/comparisons?limit=2").await;
    let cursor = first["next_cursor"].as_str().unwrap();
    house.hold(&person("mail", "eve"), kept(&comparison(false))).await;
    let second = house.get(&format!("/comparisons?limit=2&cursor={cursor}")).await;
    let ids = |page: &Value| -> Vec<Value> {
        page["data"].as_array().unwrap().iter().map(|held| held["id"].clone()).collect()
    };
    assert_eq!(ids(&first), [json!(held[2].id), json!(held[1].id)]);
    assert_eq!(ids(&second), [json!(held[0].id)]);
}
