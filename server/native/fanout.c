/*
 * parlour_native: the two loops of a broadcast that run once for each member, without a Python call for each.
 *
 *   enqueue(connections, frame, volatile)   what `connection.write(frame, volatile=volatile)` does for each
 *   flush(queues) -> (bytes, left)          what `SendQueue.flush` does for each; `left` are those it did not serve
 *
 * Whatever is rare is left to the Python code: a connection whose `write` is not its SendQueue's, a queue that is
 * nearly full, a client that polls, a peer that does not read. So both ways always do the same.
 *
 * A socket is written to by its descriptor only while its transport says that it is not closing and holds no bytes:
 * a descriptor is closed by its transport alone, on this thread, so it cannot be another's by then. What the kernel
 * does not take goes to the transport, which reports errors too. TLS has no descriptor here (`WebSocket.fd` is -1).
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

#define MOST_FRAMES 64 /* of one write; more are left to Python */
#define BREATHE 32     /* sends after which other threads may run */

/* Where the slots of a class are inside its objects; found by `learn`. */
static PyObject *queue_type, *frame_type, *websocket_type, *send_function;
static struct { Py_ssize_t sealed, queued, volatile_bytes, waiting, flushes, socket, joins, extra; } Q;
static struct { Py_ssize_t dirty; } T;
static struct { Py_ssize_t wire, size; } F;
static struct { Py_ssize_t blocked, transport, fd; } W;
static PyObject *str_write, *str_schedule, *str_send, *str_is_closing, *str_buffered, *str_volatile;

#define SLOT(object, offset) (*(PyObject **)((char *)(object) + (offset)))

static int find(PyObject *type, const char *name, Py_ssize_t *offset) {
    PyObject *slot = PyObject_GetAttrString(type, name);
    if (slot == NULL) return -1;
    if (!Py_IS_TYPE(slot, &PyMemberDescr_Type)) {
        PyErr_Format(PyExc_TypeError, "%s is not a slot", name);
        Py_DECREF(slot);
        return -1;
    }
    *offset = ((PyMemberDescrObject *)slot)->d_member->offset;
    Py_DECREF(slot);
    return 0;
}

static void set_slot(PyObject *object, Py_ssize_t offset, PyObject *value) {
    PyObject *old = SLOT(object, offset);
    SLOT(object, offset) = value;
    Py_XDECREF(old);
}

/* Queue a frame for one client; 1: leave it to Python; -1: an error. */
static int enqueue_one(PyObject *queue, PyObject *frame, Py_ssize_t size) {
    if (SLOT(queue, Q.sealed) == Py_True) return 0;
    Py_ssize_t queued = PyLong_AsSsize_t(SLOT(queue, Q.queued)) + size;
    if (queued > PyLong_AsSsize_t(SLOT(queue, Q.volatile_bytes))) return 1;
    PyObject *waiting = SLOT(queue, Q.waiting), *number = PyLong_FromSsize_t(queued);
    if (number == NULL) return -1;
    set_slot(queue, Q.queued, number);
    if (PyList_GET_SIZE(waiting) == 0) {
        PyObject *flushes = SLOT(queue, Q.flushes), *dirty = SLOT(flushes, T.dirty);
        if (PyList_GET_SIZE(dirty) == 0) {
            PyObject *done = PyObject_CallMethodNoArgs(flushes, str_schedule);
            if (done == NULL) return -1;
            Py_DECREF(done);
        }
        if (PyList_Append(dirty, queue) < 0) return -1;
    }
    return PyList_Append(waiting, frame);
}

static PyObject *enqueue(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count) {
    if (count != 3) return PyErr_Format(PyExc_TypeError, "enqueue(connections, frame, volatile)");
    PyObject *frame = args[1];
    if ((PyObject *)Py_TYPE(frame) != frame_type) return PyErr_Format(PyExc_TypeError, "no Frame: %R", frame);
    PyObject *connections = PySequence_Fast(args[0], "connections are iterable");
    if (connections == NULL) return NULL;
    Py_ssize_t size = PyLong_AsSsize_t(SLOT(frame, F.size));
    for (Py_ssize_t n = 0; n < PySequence_Fast_GET_SIZE(connections); n++) {
        PyObject *write = PyObject_GetAttr(PySequence_Fast_GET_ITEM(connections, n), str_write);
        if (write == NULL) goto failed;
        int left = 1;
        if (PyMethod_Check(write) && PyMethod_GET_FUNCTION(write) == send_function &&
            (PyObject *)Py_TYPE(PyMethod_GET_SELF(write)) == queue_type)
            left = enqueue_one(PyMethod_GET_SELF(write), frame, size);
        if (left == 1) {
            PyObject *given[] = {frame, args[2]}, *names = PyTuple_Pack(1, str_volatile);
            PyObject *done = names == NULL ? NULL : PyObject_Vectorcall(write, given, 1, names);
            Py_XDECREF(names);
            Py_XDECREF(done);
            left = done == NULL ? -1 : 0;
        }
        Py_DECREF(write);
        if (left < 0) goto failed;
    }
    Py_DECREF(connections);
    Py_RETURN_NONE;
failed:
    Py_DECREF(connections);
    return NULL;
}

/* Whether the transport is open and holds nothing: 1, 0, or -1 for an error. */
static int is_free(PyObject *transport) {
    PyObject *closing = PyObject_CallMethodNoArgs(transport, str_is_closing);
    if (closing == NULL) return -1;
    int open = closing == Py_False;
    Py_DECREF(closing);
    if (!open) return 0;
    PyObject *held = PyObject_CallMethodNoArgs(transport, str_buffered);
    if (held == NULL) return -1;
    Py_ssize_t bytes = PyLong_AsSsize_t(held);
    Py_DECREF(held);
    return bytes == 0;
}

/* Write what waits for one client; the bytes taken over, -1: leave it to Python; -2: an error. */
static Py_ssize_t write_out(PyObject *queue) {
    if ((PyObject *)Py_TYPE(queue) != queue_type) return -1;
    PyObject *waiting = SLOT(queue, Q.waiting), *socket = SLOT(queue, Q.socket);
    Py_ssize_t frames = PyList_GET_SIZE(waiting), total = 0;
    if ((PyObject *)Py_TYPE(socket) != websocket_type || SLOT(queue, Q.sealed) == Py_True) return -1;
    if (frames == 0 || frames > MOST_FRAMES) return -1;
    if ((frames > 1 && SLOT(queue, Q.joins) == Py_True) || PyLong_AsLong(SLOT(queue, Q.extra)) != 0) return -1;
    long fd = PyLong_AsLong(SLOT(socket, W.fd));
    if (fd < 0 || SLOT(socket, W.blocked) == Py_True) return -1;
    PyObject *transport = SLOT(socket, W.transport);
    int usable = is_free(transport);
    if (usable <= 0) return usable - 1;
    struct iovec parts[MOST_FRAMES];
    for (Py_ssize_t n = 0; n < frames; n++) {
        PyObject *wire = SLOT(PyList_GET_ITEM(waiting, n), F.wire);
        if (!PyBytes_CheckExact(wire)) return -1;
        parts[n].iov_base = PyBytes_AS_STRING(wire);
        parts[n].iov_len = (size_t)PyBytes_GET_SIZE(wire);
        total += PyBytes_GET_SIZE(wire);
    }
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = (size_t)frames};
    ssize_t sent;
    do sent = frames == 1 ? send((int)fd, parts[0].iov_base, parts[0].iov_len, MSG_DONTWAIT | MSG_NOSIGNAL)
                          : sendmsg((int)fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    PyObject *rest = NULL;
    if (sent < total) { /* the transport keeps the rest, or finds the error */
        Py_ssize_t skip = sent < 0 ? 0 : sent, at = 0;
        rest = PyBytes_FromStringAndSize(NULL, total - skip);
        if (rest == NULL) return -2;
        for (Py_ssize_t n = 0; n < frames; n++) {
            Py_ssize_t length = (Py_ssize_t)parts[n].iov_len, from = skip < length ? skip : length;
            memcpy(PyBytes_AS_STRING(rest) + at, (char *)parts[n].iov_base + from, (size_t)(length - from));
            at += length - from;
            skip -= from;
        }
    }
    PyObject *none = PyLong_FromLong(0);
    if (none == NULL || PyList_SetSlice(waiting, 0, frames, NULL) < 0) {
        Py_XDECREF(none);
        Py_XDECREF(rest);
        return -2;
    }
    set_slot(queue, Q.queued, none);
    if (rest != NULL) {
        PyObject *done = PyObject_CallMethodOneArg(transport, str_write, rest);
        Py_DECREF(rest);
        if (done == NULL) return -2;
        Py_DECREF(done);
    }
    return total;
}

static PyObject *flush(PyObject *Py_UNUSED(module), PyObject *queues) {
    if (!PyList_Check(queues)) return PyErr_Format(PyExc_TypeError, "a list of queues");
    PyObject *left = PyList_New(0);
    Py_ssize_t bytes = 0;
    if (left == NULL) return NULL;
    for (Py_ssize_t n = 0; n < PyList_GET_SIZE(queues); n++) {
        PyObject *queue = PyList_GET_ITEM(queues, n);
        Py_ssize_t wrote = write_out(queue);
        if (wrote == -2) { /* Python meets the same error, and logs it */
            PyErr_Clear();
            wrote = -1;
        }
        if (wrote >= 0) bytes += wrote;
        else if (PyList_Append(left, queue) < 0) {
            Py_DECREF(left);
            return NULL;
        }
        if (n % BREATHE == BREATHE - 1) {
            Py_BEGIN_ALLOW_THREADS
            Py_END_ALLOW_THREADS
        }
    }
    return Py_BuildValue("nN", bytes, left);
}

static PyObject *learn(PyObject *Py_UNUSED(module), PyObject *args) {
    PyObject *queue, *flushes, *frame, *websocket;
    if (!PyArg_ParseTuple(args, "OOOO", &queue, &flushes, &frame, &websocket)) return NULL;
    if (find(queue, "sealed", &Q.sealed) < 0 || find(queue, "queued", &Q.queued) < 0 ||
        find(queue, "volatile_bytes", &Q.volatile_bytes) < 0 || find(queue, "_queue", &Q.waiting) < 0 ||
        find(queue, "_flushes", &Q.flushes) < 0 || find(queue, "socket", &Q.socket) < 0 ||
        find(queue, "joins", &Q.joins) < 0 || find(queue, "_extra", &Q.extra) < 0 ||
        find(flushes, "dirty", &T.dirty) < 0 || find(frame, "wire", &F.wire) < 0 ||
        find(frame, "size", &F.size) < 0 || find(websocket, "blocked", &W.blocked) < 0 ||
        find(websocket, "transport", &W.transport) < 0 || find(websocket, "fd", &W.fd) < 0)
        return NULL;
    PyObject *send = PyObject_GetAttr(queue, str_send);
    if (send == NULL) return NULL;
    Py_XSETREF(send_function, send);
    Py_XSETREF(queue_type, Py_NewRef(queue));
    Py_XSETREF(frame_type, Py_NewRef(frame));
    Py_XSETREF(websocket_type, Py_NewRef(websocket));
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"learn", learn, METH_VARARGS, "learn(SendQueue, TurnFlush, Frame, WebSocket): find their slots."},
    {"enqueue", (PyCFunction)(void (*)(void))enqueue, METH_FASTCALL, "enqueue(connections, frame, volatile)"},
    {"flush", flush, METH_O, "flush(queues) -> (bytes written, queues left to Python)"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "parlour_native", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_parlour_native(void) {
    str_write = PyUnicode_InternFromString("write");
    str_schedule = PyUnicode_InternFromString("schedule");
    str_send = PyUnicode_InternFromString("send");
    str_is_closing = PyUnicode_InternFromString("is_closing");
    str_buffered = PyUnicode_InternFromString("get_write_buffer_size");
    str_volatile = PyUnicode_InternFromString("volatile");
    return PyModule_Create(&module);
}
