//! The web app's files, and those that answer in place of one that is not there.

use glue::web::{API, NOT_FOUND};
use worker::{Fetcher, Request, RequestInit, RequestRedirect, Response};

use super::{header, platform};
use crate::error::Error;
use crate::page::{self, Asked, Instead};

/// Answers a request for a path that is no route.
pub(super) async fn file(request: &Request, files: &Fetcher) -> Result<Response, Error> {
    let path = request.path();
    let found = at(&path, request, files, true).await?;
    if found.status_code() != 404 {
        return Ok(found);
    }
    let method = request.method();
    let (fetch_mode, accept) = (header(request, "sec-fetch-mode"), header(request, "accept"));
    let asked = Asked {
        method: method.as_ref(),
        path: &path,
        fetch_mode: fetch_mode.as_deref(),
        accept: accept.as_deref(),
    };
    match page::instead(NOT_FOUND, API, asked) {
        Instead::File(path) => at(path, request, files, true).await,
        Instead::NotFound(pages) => {
            for path in pages {
                // Whatever the client has already, it is told 404 with a body.
                let page = at(&path, request, files, false).await?;
                if page.status_code() == 200 {
                    return Ok(page.with_status(404));
                }
            }
            Err(Error::NotFound)
        }
        Instead::Nothing => Err(Error::NotFound),
    }
}

/// What the platform has at a path; with `headers`, those of the request, by which it may say that nothing changed.
async fn at(path: &str, request: &Request, files: &Fetcher, headers: bool) -> Result<Response, Error> {
    let mut url = request.url().map_err(platform)?;
    url.set_path(path);
    let mut init = RequestInit::new();
    init.with_method(request.method()).with_redirect(RequestRedirect::Manual);
    if headers {
        init.with_headers(request.headers().clone());
    }
    files.fetch(url, Some(init)).await.map_err(platform)
}
