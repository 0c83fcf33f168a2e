//! The pages: extract, call one flow, render. Plain forms that work without script.

pub mod account;
pub mod assets;
pub mod consent;
pub mod login;
pub mod pending;
pub mod signup;
pub mod view;
pub mod welcome;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};

use crate::app::App;
use crate::flows::identity::sessions::Present;

use self::view::Frame;
use super::browser::Unposted;
use super::error::Notice;

/// What stands around a page.
fn frame(app: &App, present: Option<&Present>) -> Frame {
    Frame {
        site_name: app.settings().login.site_name.clone(),
        signed_in_as: present.map(|present| present.user.email.as_str().to_owned()),
    }
}

/// A form that does not count, explained.
pub fn unposted(request: &HttpRequest, why: Unposted) -> HttpResponse {
    let notice = match why {
        Unposted::Foreign => {
            Notice::new("This form came from another site", "For your safety it was not accepted. Nothing was changed.")
                .advice("Open this site directly and try again.")
        }
        Unposted::Stale => Notice::new(
            "This page was open for too long",
            "You have signed in or out since it was opened, or your browser keeps no cookies. Nothing was changed.",
        )
        .advice("Go back, reload the page and try again. If your browser blocks cookies, allow them for this site."),
        Unposted::Unreadable => Notice::new("This form cannot be read", "Nothing was changed.")
            .advice("Go back, reload the page and try again."),
    };
    notice.status(StatusCode::FORBIDDEN).page(request)
}
