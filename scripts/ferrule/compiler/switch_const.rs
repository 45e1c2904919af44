
    pub(crate) const fn const_on(number: u32) -> bool {
        self::std::intrinsics::const_eval_select((number,), never_on, on)
    }

    pub(crate) const fn const_no_form(first: u32, last: u32) -> bool {
        self::std::intrinsics::const_eval_select((first, last), always_none, no_form)
    }

    pub(crate) const fn const_stop(number: u32) {
        self::std::intrinsics::const_eval_select((number,), never_stop, stop)
    }

    const fn never_on(_: u32) -> bool {
        false
    }

    const fn always_none(_: u32, _: u32) -> bool {
        true
    }

    const fn never_stop(_: u32) {}
