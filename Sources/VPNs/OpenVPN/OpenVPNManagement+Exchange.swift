internal import LinuxSystem

extension OpenVPNManagement {
  func exchange(
    _ stream: consuming StreamConnection, _ password: [UInt8], _ operation: String
  ) throws(OpenVPNError) -> [UInt8] {
    var conversation = OpenVPNConversation(operation, hasPassword: passwordFile != nil)
    do {
      while true {
        let bytes = try stream.receive()
        if bytes.isEmpty {
          throw OpenVPNError(
            conversation.isGreeted ? .malformed : .denied, operation,
            cause: conversation.isGreeted ? "it hung up" : "it hangs up at once: it serves another user alone")
        }
        switch try conversation.receive(bytes) {
        case .wait: continue
        case .send(let line): try stream.send(line)
        case .sendPassword: try stream.send(password + [UInt8(ascii: "\n")])
        case .done:
          // A courtesy: OpenVPN notices the disconnection in any case.
          try? stream.send(Array("quit\n".utf8))
          return conversation.answer
        }
      }
    } catch let error as OpenVPNError {
      // If a password is expected, `quit` would be a wrong one.
      if error.code != .own(.wrongPassword), error.code != .denied { try? stream.send(Array("quit\n".utf8)) }
      throw error
    } catch let error as SystemError {
      // As above.
      if conversation.isGreeted { try? stream.send(Array("quit\n".utf8)) }
      if error.errno == .timedOut, !conversation.isGreeted {
        throw OpenVPNError(
          .own(.busy), operation,
          cause: "no greeting within \(Self.timeout): another program is connected to it, or it hangs"
        )
      }
      throw OpenVPNError(named: error, operation)
    } catch {
      throw OpenVPNError(.broken, operation, cause: "\(error)")
    }
  }
}
