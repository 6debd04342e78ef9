import Foundation
import Glibc
import Lab
import Synchronization

/// Ctrl-C and its like: nothing of the story may stay.
enum Interruption {
  private static let isUnderWay = Atomic(false)

  /// Waits for the end if it has been asked for: what fails because its hosts are gone is no failure of its own.
  static func goesFirst() {
    while isUnderWay.load(ordering: .acquiring) { sleep(1) }
  }

  /// Ends every host of the lab, and then this program, at SIGINT, SIGTERM or SIGHUP; call it before other threads begin.
  static func cleansUp() {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, number) }
    // All threads that begin later wait for no signal, and programs that are started get their own mask.
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    let awaited = signals
    Thread.detachNewThread {
      var (awaited, number) = (awaited, Int32(0))
      sigwait(&awaited, &number)
      isUnderWay.store(true, ordering: .releasing)
      FileHandle.standardError.write(Data("\nheadwater-demo: interrupted; cleaning up\n".utf8))
      Lab.close()
      _exit(128 + number)
    }
  }
}
