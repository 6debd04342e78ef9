import Foundation
import Glibc
import Lab
import Synchronization
import Testing

@testable import LinuxSystem

/// The kernel takes the rights from one thread, so each test does it in a thread that ends with it.
@Suite struct ReadingOnlyTests {
  private struct Found: Sendable {
    var denied: ReadingOnly.Denied = []
    var read: Int32 = 0
    var write: Int32 = 0
    var allowed: Int32 = 0
    var run: Int32 = 0
    var sockets: [Int32: Int32] = [:]
  }

  private final class Box: Sendable { let value = Mutex(Found()) }

  /// Returns 0 or the error's number.
  private static func attempt(_ result: Int32) -> Int32 {
    guard result < 0 else {
      close(result)
      return 0
    }
    return errno
  }

  private func inThread(_ body: @escaping @Sendable (inout Found) -> Void) -> Found {
    let box = Box()
    let done = DispatchSemaphore(value: 0)
    let thread = Thread {
      box.value.withLock { body(&$0) }
      done.signal()
    }
    thread.start()
    done.wait()
    return box.value.withLock { $0 }
  }

  @Test func `files are only read, but in the folder that is named, and no socket is opened`() throws {
    let folder = try TemporaryFolder()
    let other = try TemporaryFolder()
    try folder.write("old", "1")
    try other.write("old", "1")
    let (here, there) = (folder.path, other.path)
    let found = inThread { found in
      found.denied = ReadingOnly.begin(writingBelow: [here, "\(here)/none"])
      found.read = Self.attempt(open("\(there)/old", O_RDONLY))
      found.write = Self.attempt(open("\(there)/old", O_WRONLY))
      if found.write != 0 { found.write = Self.attempt(open("\(there)/new", O_WRONLY | O_CREAT, 0o600)) }
      found.allowed = Self.attempt(open("\(here)/new", O_WRONLY | O_CREAT, 0o600))
      if found.allowed == 0 { found.allowed = rename("\(here)/new", "\(here)/old") }
      for domain in [AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET] {
        found.sockets[domain] = Self.attempt(socket(domain, Int32(SOCK_DGRAM.rawValue), 0))
      }
      var child: pid_t = 0
      var words: [UnsafeMutablePointer<CChar>?] = [strdup("true"), nil]
      found.run = posix_spawn(&child, "/bin/true", nil, nil, &words, nil)
      if found.run == 0 { waitpid(child, nil, 0) }
      free(words[0])
    }
    // Other threads keep their rights.
    #expect(Self.attempt(open("\(there)/old", O_WRONLY)) == 0)
    #expect(found.read == 0 && found.allowed == 0)
    #expect(found.sockets[AF_UNIX] == 0)
    #expect(found.denied.contains(.network))
    for domain in [AF_INET, AF_INET6, AF_NETLINK, AF_PACKET] { #expect(found.sockets[domain] == EACCES) }
    // Kernels are built or booted without Landlock; then it is not said to be there.
    let expected = found.denied.contains(.writing) ? EACCES : 0
    #expect(found.write == expected && found.run == expected, "\(found)")
  }
}
