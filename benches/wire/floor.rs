//! The floor: a bare relay on hyper, with and without a splice at one known offset.
//!
//! No proxy that speaks HTTP through hyper can do less: a runtime per thread with a listener and a pool of its own,
//! bodies as the pieces they came in, the block put between two of them, the answer streamed on as it comes. It knows
//! no time-outs, no limits, no refusals, and who is asking.

use std::{
    cell::RefCell,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    vec::IntoIter,
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use hyper::{
    body::{Body, Frame, Incoming, SizeHint},
    client::conn::http1::{SendRequest, handshake},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

type Fault = Box<dyn std::error::Error + Send + Sync>;

/// What is put in, and where.
#[derive(Clone, Debug)]
pub(crate) struct Splice {
    /// How many bytes of the body come before it.
    pub(crate) at: usize,
    pub(crate) block: Bytes,
}

/// Listens where other threads may listen, too.
pub(crate) fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseport(true)?;
    socket.bind(address)?;
    socket.listen(1024)
}

/// Relays what comes in here, on this thread.
pub(crate) async fn work(
    listener: TcpListener,
    upstream: SocketAddr,
    splice: Option<Splice>,
) -> std::io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let splice = splice.clone();
        let service = service_fn(move |request| relay(request, upstream, splice.clone()));
        spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

#[expect(clippy::disallowed_methods, reason = "the floor is killed, never drained")]
fn spawn<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) {
    tokio::spawn(work);
}

async fn relay(
    request: Request<Incoming>,
    upstream: SocketAddr,
    splice: Option<Splice>,
) -> Result<Response<Relayed>, Fault> {
    let (mut head, body) = request.into_parts();
    head.headers.remove(header::CONNECTION);
    let body = match splice {
        None => Upward::Streamed(body),
        Some(splice) => {
            let (pieces, length) = spliced(body, &splice).await?;
            head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
            Upward::Held { pieces, left: length }
        }
    };
    let mut sender = sender(upstream).await?;
    let answer = sender.send_request(Request::from_parts(head, body)).await?;
    Ok(answer.map(|body| Relayed::new(body, sender)))
}

/// The pieces of the body with the block between them, and their length.
async fn spliced(body: Incoming, splice: &Splice) -> Result<(IntoIter<Bytes>, u64), Fault> {
    let mut body = body;
    let mut pieces = Vec::with_capacity(4);
    let mut length = 0;
    while let Some(frame) = frame(&mut body).await {
        if let Ok(mut piece) = frame?.into_data() {
            let until = length + piece.len();
            if (length..until).contains(&splice.at) {
                pieces.push(piece.split_to(splice.at - length));
                pieces.push(splice.block.clone());
            }
            pieces.push(piece);
            length = until;
        }
    }
    Ok((pieces.into_iter(), (length + splice.block.len()) as u64))
}

async fn frame(body: &mut Incoming) -> Option<Result<Frame<Bytes>, hyper::Error>> {
    std::future::poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await
}

thread_local! {
    /// The connections of this thread that wait for a request.
    static POOL: RefCell<Vec<SendRequest<Upward>>> = const { RefCell::new(Vec::new()) };
}

async fn sender(upstream: SocketAddr) -> Result<SendRequest<Upward>, Fault> {
    while let Some(mut pooled) = POOL.with_borrow_mut(Vec::pop) {
        if pooled.is_ready() || pooled.ready().await.is_ok() {
            return Ok(pooled);
        }
    }
    let stream = TcpStream::connect(upstream).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    spawn(connection);
    Ok(sender)
}

/// A request's body on its way up.
enum Upward {
    Streamed(Incoming),
    Held { pieces: IntoIter<Bytes>, left: u64 },
}

impl Body for Upward {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match self.get_mut() {
            Self::Streamed(body) => Pin::new(body).poll_frame(context),
            Self::Held { pieces, left } => Poll::Ready(pieces.next().map(|piece| {
                *left -= piece.len() as u64;
                Ok(Frame::data(piece))
            })),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Streamed(body) => body.is_end_stream(),
            Self::Held { left, .. } => *left == 0,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Streamed(body) => body.size_hint(),
            Self::Held { left, .. } => SizeHint::with_exact(*left),
        }
    }
}

/// An answer on its way down; at its end its connection goes back to the pool.
struct Relayed {
    body: Incoming,
    sender: Option<SendRequest<Upward>>,
}

impl Relayed {
    fn new(body: Incoming, sender: SendRequest<Upward>) -> Self {
        let mut relayed = Self { body, sender: Some(sender) };
        relayed.free_if(relayed.body.is_end_stream());
        relayed
    }

    fn free_if(&mut self, ended: bool) {
        if ended && let Some(sender) = self.sender.take() {
            POOL.with_borrow_mut(|pool| pool.push(sender));
        }
    }
}

impl Body for Relayed {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.body).poll_frame(context);
        this.free_if(matches!(polled, Poll::Ready(None)) || this.body.is_end_stream());
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
