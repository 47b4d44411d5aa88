# pragma version ~=0.4.3
# @title Multicall3 stand-in for the development chain
# @notice The original's aggregate3 under its own address. It takes fewer calls and shorter answers: more of
# either reverts the whole call, as a real one that runs out of gas does.

struct Call3:
    target: address
    allowFailure: bool
    callData: Bytes[MAX_CALL]

struct Result:
    success: bool
    returnData: Bytes[MAX_RETURN]

MAX_CALLS: constant(uint256) = 100
MAX_CALL: constant(uint256) = 256
MAX_RETURN: constant(uint256) = 2048


@external
@payable
def aggregate3(calls: DynArray[Call3, MAX_CALLS]) -> DynArray[Result, MAX_CALLS]:
    results: DynArray[Result, MAX_CALLS] = []
    for call: Call3 in calls:
        success: bool = False
        answer: Bytes[MAX_RETURN] = b""
        success, answer = raw_call(
            call.target, call.callData, max_outsize=MAX_RETURN, revert_on_failure=False
        )
        assert success or call.allowFailure, "Multicall3: call failed"
        assert len(answer) < MAX_RETURN, "answer too long for this Multicall3"  # it may have been cut
        results.append(Result(success=success, returnData=answer))
    return results
