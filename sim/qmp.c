/* qmp.c - a connection to QEMU: its greeting, commands and what they return. */
#include "qmp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LINE_MAX_BYTES ((size_t)16 << 20)
#define READ_AT_ONCE   ((size_t)64 << 10)

static enum xenpt_code no_memory(const struct qmp *q, struct xenpt_error *err)
{
    return xenpt_fail(err, XENPT_ENOMEM, "%s: no memory for what QEMU says", q->path);
}

/* --- Lines ---------------------------------------------------------------------------------- */

static enum xenpt_code receive(struct qmp *q, const char *what, struct xenpt_error *err)
{
    ssize_t n;

    if (q->max - q->nr < READ_AT_ONCE) {
        char *more = q->max < LINE_MAX_BYTES ? realloc(q->text, q->max * 2 + READ_AT_ONCE) : NULL;

        if (!more)
            return no_memory(q, err);
        q->text = more;
        q->max = q->max * 2 + READ_AT_ONCE;
    }
    do
        n = recv(q->socket, q->text + q->nr, READ_AT_ONCE, 0);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return xenpt_fail(err, XENPT_EIO, "%s: at %s: %s", q->path, what, strerror(errno));
    if (!n)
        return xenpt_fail(err, XENPT_EIO, "%s: QEMU has ended, or closed the connection, at %s",
                          q->path, what);
    q->nr += (size_t)n;
    return XENPT_OK;
}

static enum xenpt_code no_qmp(const struct qmp *q, size_t length, struct xenpt_error *err)
{
    return xenpt_fail(err, XENPT_EPARSE,
                      "%s: not QMP: a line of JSON was expected, and it said %.*s", q->path,
                      (int)(length < 60 ? length : 60), q->text);
}

/* A line that has come, as an object; NULL if there is none yet. */
static enum xenpt_code line(struct qmp *q, json_t **ret, struct xenpt_error *err)
{
    char *end = q->nr ? memchr(q->text, '\n', q->nr) : NULL;
    size_t length;

    *ret = NULL;
    if (!end)
        return XENPT_OK;
    length = (size_t)(end - q->text);
    *ret = json_loadb(q->text, length, 0, NULL);
    if (!json_is_object(*ret)) {
        json_decref(*ret);
        *ret = NULL;
        return no_qmp(q, length && q->text[length - 1] == '\r' ? length - 1 : length, err);
    }
    q->nr -= length + 1;
    memmove(q->text, end + 1, q->nr);
    return XENPT_OK;
}

/* An event, or the answer to a command that nobody waits for any more. */
static bool is_beside(const struct qmp *q, const json_t *object)
{
    const json_t *id = json_object_get(object, "id");

    return json_object_get(object, "event") ||
           (json_is_integer(id) && json_integer_value(id) != q->asked);
}

/* One read of the pipe; false in `open`: it has ended. */
static enum xenpt_code drain(const struct qmp_stream *stream, bool *open, struct xenpt_error *err)
{
    char part[READ_AT_ONCE];
    ssize_t n = read(stream->pipe, part, sizeof(part));

    if (n > 0 && !stream->take(stream->ctx, part, (size_t)n))
        return xenpt_fail(err, XENPT_EIO, "what QEMU sends cannot be kept: %s", strerror(errno));
    *open = n > 0 || (n < 0 && errno == EINTR);
    return XENPT_OK;
}

/* The next object that is an answer. */
static enum xenpt_code next(struct qmp *q, const char *what, const struct qmp_stream *stream,
                            bool *open, json_t **ret, struct xenpt_error *err)
{
    enum xenpt_code code;

    for (;;) {
        bool from_socket, from_pipe;

        code = line(q, ret, err);
        if (!code && *ret && is_beside(q, *ret)) {
            json_decref(*ret);
            continue;
        }
        if (code || *ret)
            return code;
        code = qmp_wait(q, *open ? stream->pipe : -1, what, &from_socket, &from_pipe, err);
        if (code)
            return code;
        if (stream && from_pipe)
            code = drain(stream, open, err);
        if (!code && from_socket)
            code = receive(q, what, err);
        if (code)
            return code;
    }
}

/* What the pipe still has when the command has ended. */
static enum xenpt_code rest(const struct qmp *q, const char *what, const struct qmp_stream *stream,
                            bool open, struct xenpt_error *err)
{
    struct qmp none = { .path = q->path, .socket = -1, .patience = q->patience };
    enum xenpt_code code = XENPT_OK;

    while (!code && open) {
        bool from_socket, from_pipe;

        code = qmp_wait(&none, stream->pipe, what, &from_socket, &from_pipe, err);
        if (!code)
            code = drain(stream, &open, err);
    }
    return code;
}

/* --- Commands ------------------------------------------------------------------------------- */

/* With a descriptor beside its first byte, if there is one. */
static ssize_t send_with(int socket, const char *text, size_t size, int fd)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control = { 0 };
    struct iovec part = { .iov_base = (char *)(uintptr_t)text, .iov_len = size };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

    if (fd >= 0) {
        message.msg_control = control.room;
        message.msg_controllen = sizeof(control.room);
        control.head.cmsg_level = SOL_SOCKET;
        control.head.cmsg_type = SCM_RIGHTS;
        control.head.cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
    }
    return sendmsg(socket, &message, MSG_NOSIGNAL);
}

static enum xenpt_code say(struct qmp *q, const char *command, json_t *arguments, int fd,
                           struct xenpt_error *err)
{
    json_t *object = json_object();
    char *text = NULL;
    size_t size, done = 0;

    if (object && !json_object_set_new(object, "execute", json_string(command)) &&
        !json_object_set_new(object, "id", json_integer(++q->asked)) &&
        (!arguments || !json_object_set(object, "arguments", arguments)))
        text = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    json_decref(arguments);
    if (!text)
        return no_memory(q, err);
    size = strlen(text);
    text[size++] = '\n'; /* In place of its end. */
    while (done < size) {
        ssize_t n = send_with(q->socket, text + done, size - done, done ? -1 : fd);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            free(text);
            return xenpt_fail(err, XENPT_EIO, "%s: %s cannot be sent: %s", q->path, command,
                              strerror(errno));
        }
        done += (size_t)n;
    }
    free(text);
    return XENPT_OK;
}

static const char *word_of(const json_t *object, const char *key)
{
    const char *word = json_string_value(json_object_get(object, key));

    return word ? word : "it does not say what";
}

static enum xenpt_code ask(struct qmp *q, const char *command, json_t *arguments, int fd,
                           const struct qmp_stream *stream, json_t **ret, struct xenpt_error *err)
{
    bool open = stream;
    json_t *answer = NULL, *error;
    enum xenpt_code code = say(q, command, arguments, fd, err);

    if (ret)
        *ret = NULL;
    if (!code)
        code = next(q, command, stream, &open, &answer, err);
    if (code)
        return code;
    error = json_object_get(answer, "error");
    if (error)
        code = xenpt_fail(err, XENPT_ESTATE, "%s: QEMU refuses %s: %s: %s", q->path, command,
                          word_of(error, "class"), word_of(error, "desc"));
    else if (!json_object_get(answer, "return"))
        code = xenpt_fail(err, XENPT_EPARSE, "%s: not QMP: neither a return nor an error of %s",
                          q->path, command);
    if (!code && ret)
        *ret = json_incref(json_object_get(answer, "return"));
    json_decref(answer);
    return code || !stream ? code : rest(q, command, stream, open, err);
}

enum xenpt_code qmp_ask(struct qmp *q, const char *command, json_t *arguments, json_t **ret,
                        struct xenpt_error *err)
{
    return ask(q, command, arguments, -1, NULL, ret, err);
}

enum xenpt_code qmp_give(struct qmp *q, const char *command, json_t *arguments, int fd,
                         struct xenpt_error *err)
{
    return ask(q, command, arguments, fd, NULL, NULL, err);
}

enum xenpt_code qmp_ask_streaming(struct qmp *q, const char *command, json_t *arguments,
                                  const struct qmp_stream *stream, struct xenpt_error *err)
{
    return ask(q, command, arguments, -1, stream, NULL, err);
}

/* --- The connection ------------------------------------------------------------------------- */

static enum xenpt_code dial(struct qmp *q, struct xenpt_error *err)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const char *path = strncmp(q->path, "unix:", 5) ? q->path : q->path + 5;

    if (strlen(path) >= sizeof(address.sun_path))
        return xenpt_fail(err, XENPT_ERANGE, "%s: the path of a socket has at most %zu characters",
                          q->path, sizeof(address.sun_path) - 1);
    memcpy(address.sun_path, path, strlen(path));
    q->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (q->socket < 0 ||
        connect(q->socket, (const struct sockaddr *)&address, sizeof(address)) != 0)
        return xenpt_fail(err, XENPT_EIO, "%s: cannot connect: %s", q->path, strerror(errno));
    return XENPT_OK;
}

static enum xenpt_code greet(struct qmp *q, struct xenpt_error *err)
{
    bool open = false;
    json_t *hello = NULL, *version;
    enum xenpt_code code = next(q, "QMP's greeting (does somebody else use that socket?)", NULL,
                                &open, &hello, err);

    if (code)
        return code;
    version = json_object_get(json_object_get(hello, "QMP"), "version");
    if (!version)
        code = xenpt_fail(err, XENPT_EPARSE, "%s: not QMP: it does not greet as QEMU does",
                          q->path);
    q->version = json_incref(json_object_get(version, "qemu"));
    json_decref(hello);
    return code ? code : qmp_ask(q, "qmp_capabilities", NULL, NULL, err);
}

enum xenpt_code qmp_open(struct qmp *ret, const char *path, unsigned int patience,
                         struct xenpt_error *err)
{
    struct qmp q = { .path = path, .socket = -1, .patience = patience };
    enum xenpt_code code = dial(&q, err);

    if (!code)
        code = greet(&q, err);
    if (code)
        qmp_close(&q);
    *ret = q;
    return code;
}

void qmp_close(struct qmp *q)
{
    if (q->socket >= 0)
        close(q->socket);
    json_decref(q->version);
    free(q->text);
    q->version = NULL;
    q->socket = -1;
    q->text = NULL;
    q->nr = q->max = 0;
}
