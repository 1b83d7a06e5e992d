//! What goes wrong, told the same way everywhere: a code, a sentence in both languages, a page.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::case::{Code, Rejection};
use domain::fault::Fault;
use engine::SubmitError;
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! edge_codes {
    ($($variant:ident $status:ident $code:literal $zh:literal $en:literal;)+) => {
        /// What can be wrong before the rules are asked.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum EdgeCode { $(#[doc = $en] $variant,)+ }

        impl EdgeCode {
            /// Every code.
            pub const ALL: &'static [EdgeCode] = &[$(EdgeCode::$variant,)+];
            /// The stable name, also the name of its page.
            pub fn as_str(self) -> &'static str {
                match self { $(EdgeCode::$variant => $code,)+ }
            }
            fn status(self) -> StatusCode {
                match self { $(EdgeCode::$variant => StatusCode::$status,)+ }
            }
            /// The sentence, Chinese.
            pub fn zh(self) -> &'static str {
                match self { $(EdgeCode::$variant => $zh,)+ }
            }
            /// The sentence, English.
            pub fn en(self) -> &'static str {
                match self { $(EdgeCode::$variant => $en,)+ }
            }
        }
    };
}

edge_codes! {
    NotSignedIn UNAUTHORIZED "NOT_SIGNED_IN" "请先登录。" "Sign in first.";
    SignInFailed UNAUTHORIZED "SIGN_IN_FAILED" "账号或密码不对。" "The name or the password is wrong.";
    TooManyTries TOO_MANY_REQUESTS "TOO_MANY_TRIES" "尝试次数过多，请稍后再登录。" "Too many tries; wait before you sign in again.";
    FormExpired FORBIDDEN "FORM_EXPIRED" "页面已过期，请刷新后重新提交。" "The page has expired; reload it and send it again.";
    CaseMoved CONFLICT "CASE_MOVED" "您打开之后，别人办了这件工单；变化已标出。看过后再按一次，就按您填写的办。" "Somebody dealt with this case after you opened it; what changed is marked. Look, and press again to go on.";
    NotAllowed FORBIDDEN "NOT_ALLOWED" "您的岗位不能做这一步。" "This is not for your role to do.";
    PageNotFound NOT_FOUND "PAGE_NOT_FOUND" "没有这个页面。" "There is no such page.";
    CaseAmbiguous CONFLICT "CASE_AMBIGUOUS" "有多件工单使用这个外部编号，请用工单号。" "Several cases have this outside id; use the case number.";
    MethodNotAllowed METHOD_NOT_ALLOWED "METHOD_NOT_ALLOWED" "这个地址不接受这种请求。" "This address does not take this kind of request.";
    RulesFaulty UNPROCESSABLE_ENTITY "RULES_FAULTY" "规则文件有错误，未启用。" "The files of the rules have mistakes; the rules in force stay.";
    BadBody BAD_REQUEST "BAD_BODY" "无法读取请求内容，请检查格式和编码（UTF-8）。" "The body cannot be read; check its format and encoding (UTF-8).";
    BadQuery BAD_REQUEST "BAD_QUERY" "查询条件无法识别。" "A filter cannot be understood.";
    BadField UNPROCESSABLE_ENTITY "BAD_FIELD" "表单中有一项填写不正确。" "A field of the form is not filled in correctly.";
    TooLarge PAYLOAD_TOO_LARGE "TOO_LARGE" "请求内容过大。" "The body is too large.";
    TooMany PAYLOAD_TOO_LARGE "TOO_MANY" "一次最多 1000 件。" "At most 1000 at once.";
    WorkbookFaulty UNPROCESSABLE_ENTITY "WORKBOOK_FAULTY" "工作簿有错误，一行都没有导入；错误逐格列出。" "The workbook has mistakes and nothing of it was imported; each is named by its cell.";
    TooManyRows UNPROCESSABLE_ENTITY "TOO_MANY_ROWS" "结果太多，一个文件最多 20 万行；请缩小筛选范围，或用命令行导出。" "Too many: a file has 200,000 rows at most. Narrow the filter, or export by the command line.";
    EvidenceTooLarge PAYLOAD_TOO_LARGE "EVIDENCE_TOO_LARGE" "文件或图片过大：不超过 15 MB、5000 万像素、单边 12000 像素。" "The file or the picture is too large: 15 MiB, 50 million pixels and 12,000 a side at most.";
    EvidenceKindUnknown UNSUPPORTED_MEDIA_TYPE "EVIDENCE_KIND_UNKNOWN" "不接受这种文件；按内容判断，与文件名无关。" "This kind of file is not kept; it is told by its content, not by its name.";
    EvidenceUnreadable UNPROCESSABLE_ENTITY "EVIDENCE_UNREADABLE" "文件是空的，或图片无法读取。" "The file is empty, or the picture cannot be read.";
    EvidenceNotFound NOT_FOUND "EVIDENCE_NOT_FOUND" "这件工单没有这份证据。" "The case has no such evidence.";
    NotificationNotFound NOT_FOUND "NOTIFICATION_NOT_FOUND" "没有这条通知。" "There is no such notification.";
    EvidenceNotConfigured SERVICE_UNAVAILABLE "EVIDENCE_NOT_CONFIGURED" "还没有配置证据库，请联系管理员。" "No evidence store is configured; ask the administrator.";
    TimedOut GATEWAY_TIMEOUT "TIMED_OUT" "处理超时，结果未知；请用同一编号重试。" "It took too long and the outcome is unknown; send it again with the same id.";
    Unavailable SERVICE_UNAVAILABLE "UNAVAILABLE" "服务暂时不可用，请稍后重试。" "The service is not available; try again shortly.";
    BusAway SERVICE_UNAVAILABLE "BUS_AWAY" "消息总线（NATS）暂时连不上，请稍后再试。" "The message bus (NATS) cannot be reached; try again shortly.";
    NewerEvent SERVICE_UNAVAILABLE "NEWER_EVENT" "这件工单由更新版本的程序写过，本节点不能处理；请升级后重试。" "A newer program has written to this case, and this node cannot act on it; upgrade it and try again.";
    FontMissing SERVICE_UNAVAILABLE "FONT_MISSING" "服务器上没有中文字体，无法生成 PDF；网页可以直接打印。" "The server has no Chinese font, so there is no PDF; the page itself can be printed.";
    Internal INTERNAL_SERVER_ERROR "INTERNAL" "系统内部错误，已记录。" "Something went wrong inside; it has been noted.";
}

/// Why: a rule of the domain, or something before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    Rule(Code),
    Edge(EdgeCode),
}

/// A refusal, as pages and the API tell it.
#[derive(Debug, Clone)]
pub struct Problem {
    why: Why,
    /// The thing it is about: a unit code, a field, a rung.
    pub about: String,
    /// Every fault of what was sent, each with its field.
    pub faults: Vec<Fault>,
    retry_after: Option<i64>,
}

/// The body of every refusal of the API: `application/problem+json`.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// HTTP status.
    status: u16,
    /// Stable code, `UPPER_SNAKE`.
    code: &'static str,
    /// The sentence in Chinese.
    zh: &'static str,
    /// The sentence in English.
    en: &'static str,
    /// The thing it is about: a unit code, a field, a rung.
    #[serde(skip_serializing_if = "String::is_empty")]
    about: String,
    /// Every fault of what was sent, each with its field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>)]
    faults: Vec<Fault>,
    /// Page that explains the code.
    #[serde(rename = "type")]
    page: String,
}

impl Problem {
    fn new(why: Why) -> Problem {
        Problem { why, about: String::new(), faults: Vec::new(), retry_after: None }
    }

    /// The same, about this.
    #[must_use]
    pub fn about(mut self, about: impl std::fmt::Display) -> Problem {
        self.about = about.to_string();
        self
    }

    /// The same, with the faults of what was sent.
    #[must_use]
    pub fn with_faults(mut self, faults: Vec<Fault>) -> Problem {
        self.faults = faults;
        self
    }

    /// The same, to be tried again after so many seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: i64) -> Problem {
        self.retry_after = Some(seconds);
        self
    }

    /// There is no such case, or it is not theirs to see: the two look alike.
    pub fn no_case() -> Problem {
        Rejection::new(Code::CaseNotFound).into()
    }

    /// Notes a failure inside and tells the client no more than that.
    pub fn inside(what: &str, error: &dyn std::fmt::Display) -> Problem {
        tracing::error!(%error, "{what}");
        EdgeCode::Internal.into()
    }

    /// Notes that a part of ours is away, which time will mend.
    pub fn away(what: &str, error: &dyn std::fmt::Display) -> Problem {
        tracing::warn!(%error, "{what}");
        Problem::from(EdgeCode::Unavailable).retry_after(5)
    }

    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self.why {
            Why::Rule(code) => code.as_str(),
            Why::Edge(code) => code.as_str(),
        }
    }

    /// The sentence, Chinese.
    pub fn zh(&self) -> &'static str {
        match self.why {
            Why::Rule(code) => code.zh(),
            Why::Edge(code) => code.zh(),
        }
    }

    /// The sentence, English.
    pub fn en(&self) -> &'static str {
        match self.why {
            Why::Rule(code) => code.en(),
            Why::Edge(code) => code.en(),
        }
    }

    /// Address of the page that explains the code.
    pub fn page(&self) -> String {
        format!("/docs/errors/{}", self.code())
    }

    /// The HTTP status.
    pub fn http(&self) -> StatusCode {
        match self.why {
            Why::Rule(code) => status(code),
            Why::Edge(code) => code.status(),
        }
    }

    /// When to come back, for the header.
    pub(crate) fn retry_header(&self) -> Option<HeaderValue> {
        self.retry_after.map(HeaderValue::from)
    }
}

impl From<EdgeCode> for Problem {
    fn from(code: EdgeCode) -> Problem {
        Problem::new(Why::Edge(code))
    }
}

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Problem {
        Problem::new(Why::Rule(rejection.code)).about(rejection.about)
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Problem {
        match error {
            SubmitError::Rejected(rejection) => rejection.into(),
            SubmitError::Store(error) => Problem::away("a command failed", &error),
            SubmitError::Newer(event) => {
                tracing::error!(event, "a command met an event that is newer than this program");
                EdgeCode::NewerEvent.into()
            }
            SubmitError::Unavailable => EdgeCode::Unavailable.into(),
        }
    }
}

/// What HTTP calls a refusal: it is what was asked for (422), who asked (403), or the moment (409).
fn status(code: Code) -> StatusCode {
    match code {
        Code::CaseNotFound => StatusCode::NOT_FOUND,
        Code::HandlerCannotJudge | Code::NotYourUnit => StatusCode::FORBIDDEN,
        Code::UnknownUnit
        | Code::UnknownItem
        | Code::BelowLowestRung
        | Code::OffCommunityList
        | Code::CommunityAssistsOnly
        | Code::SkipsRung
        | Code::ExtensionTooLong
        | Code::ComplainantNotTold
        | Code::ReviewInPast
        | Code::ReasonMissing
        | Code::ClockUncountable => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::CONFLICT,
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let retry = self.retry_header();
        let status = self.http();
        let body = ProblemBody {
            status: status.as_u16(),
            code: self.code(),
            zh: self.zh(),
            en: self.en(),
            page: self.page(),
            about: self.about,
            faults: self.faults,
        };
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = retry {
            headers.insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}
