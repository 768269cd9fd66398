"""Texts of alerts and the members of output_fields."""
from scenario import execve, look, machine, opened, scenario
from scap_file import Event, Process, connection, file

SHELL = machine(
    Process(100, name="bash", args=["-c", "a b"], fds=[(3, file("/f")), (4, connection("10.0.0.5", 4000, "1.2.3.4",
                                                                                       80))]))
scenario(
    "items, widths and what is left of them", SHELL,
    look().prints({
        "%proc.name.x": "bash.x", "%proc.nameX": "bashX", "start%proc.nameand%proc.pid": "startbashand100",
        "%10proc.name|": "bash      |", "%2proc.name|": "ba|", "%0proc.name|": "bash|", "%3proc.pid|": "100|",
        "%5evt.arg.flags|": "<NA> |", "%2evt.arg.flags|": "<N|", "*%proc.name": "bash", "* %proc.name": " bash",
        "%proc.name %fd.name": "bash <NA>", "plain": "plain", "%proc.args[1]": "a b",
        "%proc.aname[1]-%proc.aname[7]": "init-<NA>", "%evt.type.is.getuid": "1",
        "%toupper(proc.name) %len(proc.name)": "BASH 4", "%concat(proc.name, \"-\", proc.exe)": "bash-bash",
        "%basename(proc.exepath)": "bash", "%join(\"/\", (proc.name, proc.pname))": "bash/init", "%proc.fdusage": "0.2",
        "%fd.types": "<NA>", "%b64(proc.name)": "m�!", "a\"b\\c": "a\"b\\c", "%fd.snet %fd.ip": "<NA> <NA>"
    }))
scenario(
    "lists, networks, booleans", SHELL,
    Event("read", fd=4, res=1).prints({
        "%fd.types": "(file,ipv4)", "%fd.types[3]": "(file)", "%len(fd.types)": "2",
        "%join(\"+\", fd.types)": "file+ipv4", "%fd.snet|%fd.ip": "<IPNET>|<NA>",
        "%fd.sip %fd.sport %fd.connected": "1.2.3.4 80 true", "%toupper(fd.types)": "(FILE,IPV4)", "%fd.port": "<NA>"
    }).shows({
        "fd.types": ["file", "ipv4"], "fd.snet": "<IPNET>", "fd.ip": None, "fd.port": None, "fd.sip": "1.2.3.4",
        "fd.sport": 80, "fd.connected": True
    }))
scenario(
    "control characters", machine(),
    opened(3, "/a\"\\\b\f\n\r\t\x01\x1f\x7f").shows({"fd.name": "/a\"\\\b\f\n\r\t\x01\x1f\x7f"
                                                     }).prints({"%fd.name": "/a\"\\\b\f\n\r\t\x01\x1f\x7f"}))
scenario("bytes that are no characters", machine(),
         opened(3, b"/\xe2o.2").prints({"%fd.name": "/�o.2"}),
         opened(3, b"/\xff\xfe").prints({"%fd.name": "/��"}),
         opened(3, b"/\xe2\x82a").prints({"%fd.name": "/�a"}),
         opened(3, b"/\xf0\x9f\x98").prints({"%fd.name": "/�"}),
         opened(3, b"/\xed\xa0\x80").prints({"%fd.name": "/���"}),
         opened(3, b"/\xc0\x80").prints({"%fd.name": "/��"}),
         opened(3, b"/\xf5\x80").prints({"%fd.name": "/��"}),
         opened(3, "/é😀").prints({"%10fd.name|": "/é😀   |", "%3fd.name|": "/é|"}))
scenario(
    "conditions see bytes as they are, only regex makes them characters", SHELL,
    opened(3, b"/p\xff/q\xff").matches(
        'fd.name = "/p\\xff/q\\xff"', 'fd.name contains "\\xff"', 'fd.name in ("/p\\xff/q\\xff")', 'fd.name endswith "\\xff"',
        'fd.name glob "/p?/q?"', 'fd.directory contains "\\xff"', 'fd.filename = "q\\xff"', 'fs.path.name contains "\\xff"',
        'evt.arg.name contains "\\xff"', 'fd.name regex "/p./q."').matches_not('fd.name contains "\\xfe"',
                                                                             'fd.name regex "/p./q"'),
    execve(100, b"bad\xff", exe=b"bad\xff", trusted_exepath="/bad", filename="/bad").matches(
        'proc.name = "bad\\xff"', 'proc.exe contains "\\xff"', 'proc.name glob "bad?"'),
    Event("chdir", path=b"/tmp/c\xff").matches('proc.cwd = "/tmp/c\\xff/"', 'proc.cwd glob "/tmp/c?/"'),
    Event("rename", oldpath=b"/tmp/s\xff", newpath=b"t\xfe").matches('fs.path.source endswith "\\xff"',
                                                                   'fs.path.target = "/tmp/c\\xff/t\\xfe"'))
scenario(
    "transformers in conditions", SHELL,
    look().matches("tolower(proc.name) = bash", "len(proc.name) = 4", "basename(proc.exepath) = bash",
                   "concat(proc.name, \"x\") = bashx", "join(\",\", (proc.name, proc.pname)) = \"bash,init\"",
                   "toupper(proc.name) = toupper(proc.exe)", "proc.name = val(proc.exe)", "not b64(proc.cmdline) = x",
                   "len(proc.args) = 6").matches_not("proc.name = val(proc.pname)", "b64(proc.cmdline) exists",
                                                     "fd.name = val(proc.name)"))
