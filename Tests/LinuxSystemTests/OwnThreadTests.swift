import Testing

@testable import LinuxSystem

@Suite struct OwnThreadTests {
  @Test func `a value and an error both come back from the thread`() throws {
    #expect(try onOwnThread { 41 + 1 } == 42)
    #expect(throws: SystemError("x", .invalid)) { try onOwnThread { throw SystemError("x", .invalid) } }
  }

  @Test func `a missing namespace is named in the error`() {
    #expect(throws: SystemError("open /run/netns/absent-for-test", .noSuchFile)) {
      try inNetworkNamespace("/run/netns/absent-for-test") {}
    }
  }
}
