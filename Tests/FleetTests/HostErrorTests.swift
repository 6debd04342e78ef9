import Testing

@testable import Fleet

/// The texts are what OpenSSH 9.2 printed when each of this was done to it.
@Suite struct HostErrorTests {
  @Test(arguments: [
    ("ssh: Could not resolve hostname nosuch.invalid: Name or service not known\r\n", HostError.Code.unknownName),
    ("ssh: Could not resolve hostname x: Temporary failure in name resolution\r\n", .unknownName),
    ("ssh: connect to host 127.0.0.1 port 9: Connection refused\r\n", .refused),
    ("ssh: connect to host 10.1.0.2 port 22: Connection timed out\r\n", .timedOut),
    ("Connection timed out during banner exchange\r\nConnection to 10.1.0.2 port 22 timed out\r\n", .timedOut),
    ("Timeout, server 10.1.0.2 not responding.\r\n", .timedOut),
    ("ssh: connect to host 10.1.0.2 port 22: No route to host\r\n", .unreachable),
    ("ssh: connect to host 10.1.0.2 port 22: Network is unreachable\r\n", .unreachable),
    ("root@10.1.0.2: Permission denied (publickey).\r\n", .denied),
    ("Received disconnect from 10.1.0.2 port 22:2: Too many authentication failures\r\n", .denied),
    (
      """
      No ED25519 host key is known for 10.1.0.2 and you have requested strict checking.
      Host key verification failed.
      """, .hostKeyUnknown
    ),
    (
      """
      @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
      @    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
      @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
      IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
      Host key verification failed.
      """, .hostKeyChanged
    ),
    (
      "kex_exchange_identification: read: Connection reset by peer\r\nConnection reset by 10.1.0.2 port 22\r\n",
      .brokenOff
    ),
    ("client_loop: send disconnect: Broken pipe\r\n", .brokenOff),
    ("command-line: line 0: Bad configuration option: nosuch\r\n", .ssh),
    ("", .brokenOff), ("something new\n", .brokenOff),
  ]) func `what ssh says tells failures apart`(text: String, code: HostError.Code) {
    let error = HostError("web", ssh: Array(text.utf8))
    #expect(error.code == code)
    #expect(!error.advice.isEmpty && !error.detail.isEmpty && error.host == "web")
    #expect(!error.detail.contains("\n") && !error.detail.contains("\r"))
  }

  @Test func `a jump host that refuses is seen behind what it causes`() {
    let text = """
      channel 0: open failed: connect failed: Connection refused
      stdio forwarding failed
      Connection closed by UNKNOWN port 65535
      """
    #expect(HostError("inner", ssh: Array(text.utf8)).code == .refused)
  }

  @Test(arguments: [
    ("Connection reset by 10.1.0.2 port 22", HostError.Code.brokenOff),
    ("root@10.1.0.2: Permission denied (publickey).", .denied),
  ]) func `a banner before ssh's own words is not the reason`(last: String, code: HostError.Code) {
    let banner = """
      Authorised use only. Connection refused to all others, Permission denied (see policy 12).
      Operation timed out sessions are logged. Host is down for maintenance on Sundays.
      """
    let error = HostError("web", ssh: Array("\(banner)\r\n\(last)\r\n".utf8))
    #expect(error.code == code && error.detail == last)
  }

  @Test func `bytes without end or sense stay one short line`() {
    let error = HostError("web", ssh: Array(repeating: 0xFF, count: 1 << 20))
    #expect(error.code == .brokenOff && error.detail.count <= 301)
  }
}
