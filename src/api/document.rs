//! The description of this API, read off the code that serves it.

use std::sync::LazyLock;

use axum::Json;
use utoipa::{
    PartialSchema as _, ToSchema as _,
    openapi::{
        Components, ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr,
        ResponseBuilder, SecurityRequirement,
        path::Operation,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::{ROOT, error::Problem, served};

const KEY: &str = "key";

static DOCUMENT: LazyLock<OpenApi> = LazyLock::new(document);

/// This API, OpenAPI 3.1. Needs no key: it says nothing about anyone.
#[utoipa::path(get, path = "/openapi.json", tag = "about", security(()),
    responses((status = 200, description = "This document", content_type = "application/json", body = Object)))]
pub(super) async fn get_openapi() -> Json<&'static OpenApi> {
    Json(&DOCUMENT)
}

fn document() -> OpenApi {
    let info = InfoBuilder::new()
        .title("tactful: the personal API")
        .description(Some(
            "People see, correct and erase what is held about them, and judge what came of it.",
        ))
        .version(env!("CARGO_PKG_VERSION"));
    let mut document = OpenApiBuilder::new().info(info).build().nest(ROOT, served().into_openapi());
    let components = document.components.get_or_insert_with(Components::new);
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(
            "The key of an app (its own users) or the admin key (everyone; the header `x-tactful-app` names the app).",
        ));
    components.add_security_scheme(KEY, SecurityScheme::Http(bearer.build()));
    components.schemas.insert(Problem::name().into_owned(), Problem::schema());
    let mut used = Vec::new();
    Problem::schemas(&mut used);
    components.schemas.extend(used);
    for path in document.paths.paths.values_mut() {
        let operations =
            [&mut path.get, &mut path.put, &mut path.post, &mut path.patch, &mut path.delete];
        operations.into_iter().flatten().for_each(complete);
    }
    document
}

/// What is true of every operation: it needs a key unless it says otherwise, and it may refuse.
fn complete(operation: &mut Operation) {
    operation.security.get_or_insert_with(|| vec![SecurityRequirement::new(KEY, [""; 0])]);
    for response in operation.responses.responses.values_mut() {
        if let (RefOr::T(response), Some(summary)) = (response, &operation.summary)
            && response.description.is_empty()
        {
            response.description.clone_from(summary);
        }
    }
    let problem = Ref::from_schema_name(Problem::name());
    let refusal = ResponseBuilder::new()
        .description("A refusal")
        .content("application/json", ContentBuilder::new().schema(Some(problem)).build());
    operation.responses.responses.insert("default".to_owned(), RefOr::T(refusal.build()));
}
