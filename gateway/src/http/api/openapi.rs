//! `/api/openapi.json`: the interface's own description, made from the handlers.

use axum::Json;
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{
    alike, callbacks, case, complaints, evidence, legs, lists, metrics, notifications, parts, rules,
    supervision, waiting, workbook,
};
use crate::auth::Role;
use crate::http::order::Order;
use crate::http::problem::ProblemBody;

#[derive(OpenApi)]
#[openapi(
    info(title = "Whistlepost 哨所", description = "Case engine for sub-districts 吹哨报到. Errors are `application/problem+json`; each code has a page at `/docs/errors/{CODE}`."),
    paths(complaints::post, workbook::post, lists::cases, lists::overdue, lists::inbox, lists::desk, lists::board, metrics::get, metrics::month, legs::get, parts::get, waiting::get, supervision::get, callbacks::get, notifications::get, notifications::read, notifications::read_all, notifications::parked, notifications::replay, notifications::replay_all, case::get, case::command, alike::get, alike::themes, evidence::post, evidence::get, rules::get, rules::reload, rules::preview, rules::revise),
    components(schemas(ProblemBody, Order, Role)),
    modifiers(&Doors),
    security(("token" = []), ("session" = []))
)]
struct Api;

/// The two ways in.
struct Doors;

impl Modify for Doors {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_with(Default::default);
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("token", SecurityScheme::Http(token));
        let session = ApiKey::Cookie(ApiKeyValue::with_description(
            "whistlepost",
            "Session of the console; unsafe requests must also carry `X-CSRF-Token`.",
        ));
        components.add_security_scheme("session", SecurityScheme::ApiKey(session));
    }
}

/// `GET /api/openapi.json`
pub async fn get() -> Json<Document> {
    Json(Api::openapi())
}
