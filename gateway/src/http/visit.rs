//! Who is visiting, in which language, and whether an unsafe request is really theirs:
//! asked once, before any handler.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Form;
use axum::body::Body;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};

use super::problem::{EdgeCode, Problem};
use super::{App, MAX_BODY};
use crate::auth::{Account, Reader, Token, csrf_token};
use crate::console::{self, lang::Lang};

/// Carries the visit's token. Signed in or not, every visit has one, so that every form is guarded.
const VISIT: &str = "whistlepost";
const LANG: &str = "whistlepost_lang";

/// What is known of a request before its handler runs.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The token of the visit's cookie.
    pub token: Token,
    /// Who signed in.
    pub account: Option<Account>,
    /// The language to answer in.
    pub lang: Lang,
    /// Address of the client, as far as the socket and trusted proxies tell.
    pub address: String,
    /// The connection comes from this machine itself, and no proxy stands between.
    pub local: bool,
    /// Path and query, without the choice of language.
    pub here: String,
    /// It came with an API token instead of a cookie.
    pub bearer: bool,
}

impl Visit {
    /// What the visit's forms must carry.
    pub fn csrf(&self) -> String {
        csrf_token(&self.token)
    }

    /// What the account may see.
    pub fn reader(&self, app: &App) -> Option<Reader> {
        let rules = app.rules();
        let today = rules.calendar.date_of(app.engine.now());
        self.account.clone().map(|mut account| {
            // Whose unit was merged works for its successor.
            if let Some(heir) = rules.org.merged_into(&account.unit, today) {
                account.unit = heir.code.clone();
            }
            Reader::new(account, &rules.org)
        })
    }

    /// The answer to somebody who has to sign in first: people are sent there, programs are told.
    pub fn must_sign_in(&self) -> Response {
        // Not the path of the request: within a nested router that one is cut.
        if ["/api/", "/live", "/metrics"].iter().any(|programs| self.here.starts_with(programs)) {
            return Problem::from(EdgeCode::NotSignedIn).into_response();
        }
        let next = url_encode(&self.here);
        Redirect::to(&format!("/sign-in?next={next}")).into_response()
    }
}

/// Finds out who visits; keeps the cookies of the visit and of the language.
pub async fn identify(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let jar = CookieJar::from_headers(request.headers());
    let known = jar.get(VISIT).and_then(|cookie| Token::parse(cookie.value()));
    let fresh = known.is_none();
    let (parts, body) = request.into_parts();
    let visit = match visit(&app, &parts, &jar, known).await {
        Ok(visit) => visit,
        Err(problem) => return problem.into_response(),
    };
    let asked = chosen_lang(&parts.uri);
    let is_page = !["/api/", "/assets/"].iter().any(|programs| parts.uri.path().starts_with(programs));
    let (token, bearer) = (visit.token.clone(), visit.bearer);
    let mut request = Request::from_parts(parts, body);
    request.extensions_mut().insert(visit);
    let mut response = next.run(request).await;
    if let Some(lang) = asked {
        set_cookie(&mut response, cookie(&app, LANG, lang.as_str().to_owned()));
    }
    // A sign-in or sign-out has set its own already.
    if fresh && is_page && !bearer && !sets_visit(&response) {
        set_cookie(&mut response, visit_cookie(&app, &token));
    }
    response
}

async fn visit(app: &App, request: &Parts, jar: &CookieJar, known: Option<Token>) -> Result<Visit, Problem> {
    let headers = &request.headers;
    let bearer = bearer(headers);
    let account = match (&bearer, &known) {
        // A wrong token is an error, never a fall-back to somebody's cookie.
        (Some(token), _) => match token {
            Some(token) => Some(
                app.accounts.by_token(token).await.map_err(accounts_failed)?.ok_or(EdgeCode::NotSignedIn)?,
            ),
            None => return Err(EdgeCode::NotSignedIn.into()),
        },
        (None, Some(token)) => {
            app.accounts.session(token, app.engine.now()).await.map_err(accounts_failed)?
        }
        (None, None) => None,
    };
    let socket = request.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    let proxied = headers.contains_key("x-forwarded-for") || headers.contains_key(header::FORWARDED);
    Ok(Visit {
        token: known.unwrap_or_else(Token::random),
        account,
        lang: lang(&request.uri, headers, jar),
        address: socket.map_or_else(|| "unknown".to_owned(), |socket| client(app, headers, socket)),
        local: !proxied && socket.is_some_and(|socket| socket.ip().is_loopback()),
        here: here(&request.uri),
        bearer: bearer.is_some(),
    })
}

fn client(app: &App, headers: &HeaderMap, socket: SocketAddr) -> String {
    let hops: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    app.trusted_proxies.client(socket.ip(), hops.into_iter()).to_string()
}

fn accounts_failed(error: crate::auth::AccountError) -> Problem {
    Problem::away("the accounts failed", &error)
}

/// None: no such header. Some(None): one that cannot be ours.
#[expect(clippy::option_option, reason = "absent and malformed are answered differently")]
fn bearer(headers: &HeaderMap) -> Option<Option<Token>> {
    let value = headers.get(header::AUTHORIZATION)?;
    let token = value.to_str().ok().and_then(|text| text.strip_prefix("Bearer "));
    Some(token.and_then(|token| Token::parse(token.trim())))
}

#[derive(serde::Deserialize)]
struct LangQuery {
    lang: Option<String>,
}

fn chosen_lang(uri: &Uri) -> Option<Lang> {
    let Query(query) = Query::<LangQuery>::try_from_uri(uri).ok()?;
    Lang::parse(&query.lang?)
}

fn lang(uri: &Uri, headers: &HeaderMap, jar: &CookieJar) -> Lang {
    chosen_lang(uri)
        .or_else(|| jar.get(LANG).and_then(|cookie| Lang::parse(cookie.value())))
        .or_else(|| headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok().map(Lang::accepted))
        .unwrap_or_default()
}

fn here(uri: &Uri) -> String {
    let kept: Vec<&str> = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|part| !part.is_empty() && !part.starts_with("lang="))
        .collect();
    if kept.is_empty() { uri.path().to_owned() } else { format!("{}?{}", uri.path(), kept.join("&")) }
}

/// The one place where unsafe requests are checked: a form or a script must show the visit's
/// token, which a foreign site cannot know. An API token is no cookie and needs none.
pub async fn guard(request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let Some(visit) = request.extensions().get::<Visit>().cloned() else {
        return Problem::from(EdgeCode::Internal).into_response();
    };
    if safe || visit.bearer {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let with_file = parts.uri.path().ends_with("/evidence") || parts.uri.path() == "/import";
    let most = if with_file { super::evidence::BODY_MAX } else { MAX_BODY };
    let Ok(bytes) = axum::body::to_bytes(body, most).await else {
        return console::refused(&visit, &parts, EdgeCode::TooLarge.into());
    };
    let shown = match parts.headers.get("x-csrf-token") {
        Some(value) => value.to_str().ok().map(str::to_owned),
        None => form_token(&parts, &bytes).await,
    };
    if shown.is_none_or(|shown| !same(&shown, &visit.csrf())) {
        return console::refused(&visit, &parts, EdgeCode::FormExpired.into());
    }
    next.run(Request::from_parts(parts, Body::from(bytes))).await
}

#[derive(serde::Deserialize)]
struct FormToken {
    #[serde(rename = "_csrf")]
    csrf: String,
}

async fn form_token(parts: &Parts, bytes: &axum::body::Bytes) -> Option<String> {
    if let Some(mut fields) = console::evidence::parts(&parts.headers, bytes.clone()).await {
        return String::from_utf8(fields.remove("_csrf")?.to_vec()).ok();
    }
    let request = Request::from_parts(parts.clone(), Body::from(bytes.clone()));
    Form::<FormToken>::from_request(request, &()).await.ok().map(|Form(form)| form.csrf)
}

/// Compares without telling by its time how much is right.
fn same(left: &str, right: &str) -> bool {
    left.len() == right.len() && left.bytes().zip(right.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

fn cookie(app: &App, name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(app.secure_cookies)
        .build()
}

/// The cookie that carries a visit's token.
pub fn visit_cookie(app: &App, token: &Token) -> Cookie<'static> {
    cookie(app, VISIT, token.as_str().to_owned())
}

/// Adds a cookie to an answer.
pub fn set_cookie(response: &mut Response, cookie: Cookie<'static>) {
    if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

fn sets_visit(response: &Response) -> bool {
    let prefix = format!("{VISIT}=");
    response
        .headers()
        .get_all(header::SET_COOKIE)
        .iter()
        .any(|value| value.as_bytes().starts_with(prefix.as_bytes()))
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Visit>().cloned().ok_or_else(|| EdgeCode::Internal.into())
    }
}

impl FromRequestParts<Arc<App>> for Reader {
    type Rejection = Response;
    /// A reader is somebody who signed in: a page sends others to the sign-in, the API refuses.
    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let visit = Visit::from_request_parts(parts, app).await.map_err(IntoResponse::into_response)?;
        visit.reader(app).ok_or_else(|| visit.must_sign_in())
    }
}

/// Percent-encodes a value for a query.
pub fn url_encode(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}
