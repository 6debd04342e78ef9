internal import CMeter
internal import LinuxSystem

/// The eBPF objects that the build compressed and embedded as base64, and helpers to load them.
enum EmbeddedProgram {
  /// The object; empty if the text is damaged.
  static func bytes(of text: StaticString) -> [UInt8] {
    // Details of such an error help nobody, because the build made the text.
    (try? Gzip.expand(compressed(text), limit: 16 << 20)) ?? []
  }

  /// Passes both builds of a program to `body`. Only kernels that may need the second one get it.
  ///
  /// - Throws: if the text is damaged.
  static func withBuilds<Value>(
    _ plain: StaticString, byAddress: StaticString, _ body: (UnsafePointer<hw_objects>) -> Value
  ) throws(MeterError) -> Value {
    let (plain, byAddress) = (bytes(of: plain), Kernel.isBefore(5, 16) ? bytes(of: byAddress) : [])
    guard !plain.isEmpty else { throw MeterError(.failed, "read the embedded eBPF object", cause: "it is damaged") }
    return plain.withUnsafeBytes { plain in
      byAddress.withUnsafeBytes { byAddress in
        var objects = hw_objects(
          plain: plain.baseAddress, plain_size: plain.count, by_address: byAddress.baseAddress,
          by_address_size: byAddress.count)
        return body(&objects)
      }
    }
  }

  /// Decodes base64 (RFC 4648) without padding: four characters are three bytes.
  private static func compressed(_ text: StaticString) -> [UInt8] {
    func digit(_ character: UInt8) -> UInt32 {
      switch character {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character) - 65
      case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character) - 71
      case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character) + 4
      default: character == UInt8(ascii: "+") ? 62 : 63
      }
    }
    return text.withUTF8Buffer { text in
      var bytes: [UInt8] = []
      bytes.reserveCapacity(text.count * 3 / 4)
      var (group, bits): (UInt32, UInt32) = (0, 0)
      for character in text {
        group = group << 6 | digit(character)
        bits += 6
        guard bits >= 8 else { continue }
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: group >> bits))
      }
      return bytes
    }
  }

  /// The inode number of this process's pid namespace. Without it, no process could be identified by its pid.
  static func readerPIDNamespace() throws(MeterError) -> UInt32 {
    do throws(SystemError) {
      return UInt32(truncatingIfNeeded: try FileIdentity(of: "/proc/self/ns/pid").inode)
    } catch {
      throw MeterError(error.errno.isDenial ? .denied : .failed, error.operation, cause: "\(error.errno)")
    }
  }
}

extension EBPFMeter.Program {
  init(_ item: hw_meter_program) {
    self.init(
      name: withUnsafeBytes(of: item.name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) },
      isActive: item.active, error: item.error == 0 ? nil : Errno(item.error),
      log: withUnsafeBytes(of: item.log) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
  }
}

extension MeterError {
  /// The error of a start that failed with `status` (-errno).
  init(status: Int32, message: [CChar], programs: [EBPFMeter.Program] = []) {
    let errno = Errno(-status)
    let operation = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    self.init(
      errno.isDenial ? .denied : errno == .invalid || errno == .notSupported ? .unsupported : .failed, operation,
      cause: "\(errno)", programs: programs)
  }
}
