"""The text in which a dump by real Flink has its values, read into nodes.

A node is a tuple: ("null",) ("bool", b) ("int", n) ("double", x) ("float", x) ("char", n)
("string", s) ("bytes", hex) ("list", nodes) ("set", nodes) ("tuple", nodes) ("map", pairs)
("row", kind, nodes) ("named-row", kind, {name: node}) ("rowdata", kind, nodes)
("either", "left" or "right", node) ("window", start, end) ("global-window",) ("void",)
("ttl", time, node) ("object", class, {field: node}) ("enum", class, constant)
("scalar", class, text) ("avro", text).
"""
import re

NUMBER = re.compile(r"(-?\d+)([Lsb]?)(?![\w.])")
FLOATING = re.compile(r"(-?(?:\d+\.\d+(?:E-?\d+)?|Infinity)|NaN)([df])")
NAME = re.compile(r"[\w$]+")
ROW = re.compile(r"(rowdata|row)(\+I|-U|\+U|-D)\(")
WINDOW = re.compile(r"window\[(-?\d+),(-?\d+)\)")
# What java.* and SQL classes render as: a text in which neither of these ends it.
SCALAR = re.compile(r"(\w+):((?:[^,\\\"(){}\[\]= ]|\\.)*)")
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"'}


class Bad(Exception):
    pass


def unescape(text):
    def one(match):
        return chr(int(match[1][1:], 16)) if match[1].startswith("u") else ESCAPES[match[1]]
    return re.sub(r"\\(u[0-9a-f]{4}|.)", one, text)


class Reader:
    def __init__(self, text):
        self.text, self.at = text, 0

    def starts(self, text):
        return self.text.startswith(text, self.at)

    def take(self, text):
        if not self.starts(text):
            raise Bad(f"no '{text}' at {self.at} of {self.text}")
        self.at += len(text)

    def match(self, pattern):
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def many(self, end, one):
        """Things between here and `end`, with ',' or ', ' between them."""
        found = []
        while not self.starts(end):
            if found:
                self.take(",")
                if self.starts(" "):
                    self.take(" ")
            found.append(one())
        self.take(end)
        return found

    def string(self):
        end = re.compile(r'"((?:[^"\\]|\\.)*)"', re.S)
        found = self.match(end)
        if not found:
            raise Bad(f"a string without end: {self.text}")
        return ("string", unescape(found[1]))

    def pair(self):
        key = self.value()
        self.take(": ")
        return key, self.value()

    def braces(self):
        """A map, or a set."""
        self.take("{")
        if self.starts("}"):
            self.take("}")
            return ("map", [])
        start = self.at
        self.value()
        is_map = self.starts(": ")
        self.at = start
        return ("map", self.many("}", self.pair)) if is_map else ("set", self.many("}", self.value))

    def field(self):
        name = self.match(NAME)[0]
        self.take("=")
        return name, self.value()

    def row(self, found):
        kind = found[2]
        if found[1] == "row" and re.match(r"[\w$]+=", self.text[self.at:]):
            return ("named-row", kind, dict(self.many(")", self.field)))
        return (found[1], kind, self.many(")", self.value))

    def word(self):
        """What begins with the name of a class."""
        name = self.match(NAME)
        if not name:
            raise Bad(f"cannot read at {self.at} of {self.text}")
        name = name[0]
        if name in ("left", "right") and self.starts("("):
            self.take("(")
            node = ("either", name, self.value())
            self.take(")")
            return node
        if self.starts("{"):
            self.take("{")
            return ("object", name, dict(self.many("}", self.field)))
        self.take(".")
        return ("enum", name, self.match(NAME)[0])

    def value(self):
        text, at = self.text, self.at
        if self.starts('"'):
            return self.string()
        if self.starts("{"):
            return self.braces()
        if self.starts("["):
            self.take("[")
            return ("list", self.many("]", self.value))
        if self.starts("("):
            self.take("(")
            return ("tuple", self.many(")", self.value))
        if self.starts("ttl("):
            self.take("ttl(")
            time = int(self.match(NUMBER)[1])
            self.take(", ")
            node = ("ttl", time, self.value())
            self.take(")")
            return node
        if self.starts("avro:"):
            return self.avro()
        for word, node in (("null", ("null",)), ("true", ("bool", True)), ("false", ("bool", False)),
                           ("global-window", ("global-window",))):
            if re.compile(word + r"(?![\w{.:$])").match(text, at):
                self.take(word)
                return node
        found = self.match(WINDOW)
        if found:
            return ("window", int(found[1]), int(found[2]))
        found = self.match(ROW)
        if found:
            return self.row(found)
        found = self.match(re.compile(r"0x([0-9a-f]*)"))
        if found:
            return ("bytes", found[1])
        found = self.match(re.compile(r"char:(\d+)"))
        if found:
            return ("char", int(found[1]))
        found = self.match(FLOATING)
        if found:
            return ("double" if found[2] == "d" else "float", float(found[1]))
        found = self.match(NUMBER)
        if found:
            return ("int", int(found[1]))
        found = self.match(SCALAR)
        if found:
            return ("scalar", found[1], unescape(found[2]))
        return self.word()

    def avro(self):
        """JSON with escaped quotes, up to where its braces close."""
        self.take("avro:")
        start, depth, quoted = self.at, 0, False
        while True:
            if self.at >= len(self.text):
                raise Bad(f"Avro without end: {self.text}")
            if self.starts('\\"'):
                quoted = not quoted
                self.at += 2
            elif self.starts("\\\\"):
                self.at += 4 if self.starts('\\\\\\"') else 2
            else:
                depth += 0 if quoted else {"{": 1, "}": -1}.get(self.text[self.at], 0)
                self.at += 1
            if depth == 0:
                return ("avro", unescape(self.text[start:self.at]))


def parse(text):
    """The node of a whole column; '-' is VoidNamespace."""
    if text == "-":
        return ("void",)
    reader = Reader(text)
    node = reader.value()
    if reader.at != len(text):
        raise Bad(f"more behind the value: {text[reader.at:]}")
    return node
